"""labrails/judge.py - did a test pass?  Each function returns the reasons why not.

Nothing is believed that does not carry the nonce of this run.
"""
import re
import signal

PLAN = re.compile(r"^1\.\.(\d+)$", re.M)
# What a host program says of itself: cmocka's remarks, a sanitizer's finding.
REMARK = re.compile(r"^(?:# (?!(?:not )?ok )|ERROR: |==\d+==ERROR: |.*(?=runtime error: ))(.+)$",
                    re.M)
PANIC = re.compile(r"^.*(?:\bPANIC\b|panicked at).*$", re.M)

REMARKS_MAX = 3


def matches(pattern, text, nonce):
    return re.search(pattern.replace("{nonce}", nonce), text, re.M) is not None


def judge_text(test, done, nonce):
    """What lab.json expects of the text, and what it rejects."""
    reasons = [f"nothing like: {item}" for item in test.expect
               if not matches(item, done.text, nonce)]
    for item in test.reject:
        found = re.search(item.replace("{nonce}", nonce), done.text, re.M)
        if found:
            reasons.append(f"rejected: {found.group().strip() or item}")
    return reasons


def judge_end(test, done):
    if done.timed_out:
        return [f"it did not end within {test.timeout_s} s"]
    if done.too_much:
        return ["it printed without end"]
    panic = PANIC.search(done.text)
    if panic:
        return [panic.group().strip()]
    if test.kind == "host" and done.status == 1:
        return []  # judge_host() says why
    if done.status < 0:
        return [f"ended by {signal.Signals(-done.status).name}"]
    return [f"ended with status {done.status}"] if done.status else []


def judge_host(test, done, nonce):
    if f"passed {test.run} {nonce}" in done.text.split("\n"):
        return []
    remarks = REMARK.findall(done.text)
    return remarks[:REMARKS_MAX] or ["it does not say that it passed"]


def judge_kernel(_, done, nonce):
    """The kernel's plan is kept, and each line that says ok carries the nonce."""
    reasons = [line for line in done.text.split("\n") if line.startswith("not ok ")]
    plan = PLAN.search(done.text)
    if not plan or plan.group(1) == "0":
        return reasons + ["the kernel ran no test"]
    nr_ok = len(re.findall(rf"^ok \d+ - .* # {nonce}$", done.text, re.M))
    if not reasons and nr_ok != int(plan.group(1)):
        reasons.append(f"{plan.group(1)} tests were planned, {nr_ok} passed")
    return reasons


def judge(test, done, nonce):
    reasons = judge_end(test, done)
    by_kind = {"host": judge_host, "kernel": judge_kernel}.get(test.kind)
    if by_kind and not done.timed_out:
        reasons += by_kind(test, done, nonce)
    if not reasons and done.status:
        reasons.append(f"ended with status {done.status}")
    return reasons + judge_text(test, done, nonce)
