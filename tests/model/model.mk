# tests/model/model.mk - the model of messages, proved by spin; included by the Makefile.

model:
	@tools/tap --timeout 900 tests/model/model.t
