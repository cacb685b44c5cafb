# docs/docs.mk - the book; included by the Makefile.
#
#   docs        both languages into build/docs; a warning is an error
#   docs-serve  the same in a browser, for this machine only
#   docs-test   what the commands in the book print is what the book says
#
# Debian's Sphinx belongs to Debian's python3, which may not be the first on PATH.

SPHINX ?= /usr/bin/python3 -m sphinx
PORT   ?= 8000

docs: docs-zh docs-en
	@cp docs/index.html build/docs/index.html
	@echo "build/docs/index.html"

.PHONY: docs-zh docs-en
docs-zh docs-en: docs-%:
	$(call say,SPHINX,docs/$*)
	@$(SPHINX) --version >/dev/null 2>&1 || \
	    { echo "docs: no Sphinx here: run 'make setup docs'" >&2; exit 1; }
	@rm -rf build/docs/$*
	$Q$(SPHINX) -W --keep-going -q -E -b html -c docs -t $* -d build/docs/.cache/$* \
	    docs/$* build/docs/$*

docs-serve: docs
	@tools/docs-serve build/docs $(PORT)

docs-test:
	@tools/tap --timeout 1800 tools/docs-test
