"""labrails/report.py - tell the results: MIT-gradelib-style text, TAP, Gradescope's JSON,
or the base64 that GitHub Classroom's reporter reads.

Formats: gradelib prints `== Test NAME == OK (1.2s)`, tests with a parent indented by one
more pair of blanks; Gradescope's results.json, gradescope-autograders.readthedocs.io;
classroom-resources/autograding-grading-reporter, `NAME_RESULTS`.
"""
import base64
import json
import sys

FORMATS = ("text", "tap", "json", "classroom")
LINES_MAX = 6
REASONS_MAX = 4


def explain(result, language):
    """Why a test failed, in lines."""
    lines = result.reasons[:REASONS_MAX]
    if len(result.reasons) > REASONS_MAX:
        lines.append(f"and {len(result.reasons) - REASONS_MAX} more")
    if result.log:
        lines.append(f"log: {result.log}")
        if result.reasons == ["it does not build"]:
            return lines + errors_in(result.log)
    hint = result.test.hint.get(language)
    return lines + ([f"hint: {hint}"] if hint else [])


def errors_in(path):
    with open(path, encoding="utf-8") as log:
        return [line.strip() for line in log if "error" in line or "***" in line][:LINES_MAX]


class Text:
    """For people.  Each result is told as it comes."""

    def __init__(self, language):
        self.language = language

    def begin(self, lab, ignored):
        print(f"Lab {lab.name}: {lab.title[self.language]}")
        for path in ignored:
            print(f"note: {path} is not yours to change; it is graded as it was handed out")
        sys.stdout.flush()

    def add(self, result):
        blanks = "  " if result.test.parent else ""
        verdict = "OK" if result.passed else "FAIL"
        time = "" if result.test.parent else f" ({result.seconds:.1f}s)"
        print(f"== Test {blanks}{result.test.name} == {verdict}{time}")
        for line in result.figures:
            print(f"    {line}")
        if not result.passed and result.test.visibility == "visible":
            for line in explain(result, self.language):
                print(f"    {line}")
        sys.stdout.flush()

    def end(self, results):
        print(f"Score: {results.score()}/{results.points()}")


class Tap:
    """For tools/tap and its like."""

    def __init__(self, language):
        self.language = language
        self.nr = 0

    def begin(self, lab, ignored):
        pass

    def add(self, result):
        self.nr += 1
        print(f"{'' if result.passed else 'not '}ok {self.nr} - {result.test.name} "
              f"({result.score}/{result.test.points} points)")
        if not result.passed and result.test.visibility == "visible":
            for line in explain(result, self.language):
                print(f"#   {line}")
        sys.stdout.flush()

    def end(self, results):
        print(f"# Score: {results.score()}/{results.points()}")
        print(f"1..{self.nr}")


class Json:
    """Gradescope's results.json."""

    def __init__(self, language):
        self.language = language

    def begin(self, lab, ignored):
        pass

    def add(self, result):
        pass

    def end(self, results):
        print(json.dumps(self.shape(results), ensure_ascii=False, indent=1))

    def shape(self, results):
        return {"score": results.score(), "output": results.lab.title[self.language],
                "visibility": "visible", "stdout_visibility": "hidden",
                "tests": [{"name": entry.test.name, "score": entry.score,
                           "max_score": entry.test.points,
                           "status": "passed" if entry.passed else "failed",
                           "output": "\n".join(explain(entry, self.language)
                                               if not entry.passed else []),
                           "visibility": entry.test.visibility} for entry in results.entries]}


class Classroom(Json):
    """One line of base64."""

    def end(self, results):
        text = json.dumps(self.shape(results), ensure_ascii=False)
        print(base64.b64encode(text.encode()).decode())

    def shape(self, results):
        tests = [{"name": entry.test.name, "status": "pass" if entry.passed else "fail",
                  "score": entry.score, "test_code": "", "filename": "", "line_no": 0,
                  "execution_time": f"{entry.seconds:.1f}s",
                  "message": "" if entry.passed or entry.test.visibility != "visible"
                             else "\n".join(explain(entry, self.language))}
                 for entry in results.entries]
        return {"version": 1, "status": "pass" if results.is_full() else "fail",
                "max_score": results.points(), "tests": tests}


def writer(name, language):
    return {"text": Text, "tap": Tap, "json": Json, "classroom": Classroom}[name](language)
