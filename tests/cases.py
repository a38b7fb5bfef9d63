"""Runs a module's unittest cases and tells tests/run about each.

With QUORATE_CASES=FOLDER in the environment, FOLDER/NAME.cases gets one JSON document:
{"cases": [{"name": "Class.method", "outcome": "passed" | "failed" | "skipped"}, …]}.
"""

import json
import os
import pathlib
import sys
import time
import unittest


class _Recording(unittest.TextTestResult):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.outcomes = {}
        self._start = 0.0

    @staticmethod
    def _name(test):
        return ".".join(test.id().split(".")[-2:])

    def startTest(self, test):
        super().startTest(test)
        self._start = time.monotonic()
        self.outcomes[self._name(test)] = "passed"

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln(f"    {time.monotonic() - self._start:.1f} s")

    def _fail(self, test):
        self.outcomes[self._name(test)] = "failed"

    def addError(self, test, err):
        super().addError(test, err)
        self._fail(test)  # A class's or module's set-up has a name too.

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._fail(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._fail(test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._fail(test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcomes[self._name(test)] = "skipped"


def main(name, module="__main__"):
    """Runs `module`'s cases (or those named on the command line) as ctest's test `name`."""
    program = unittest.main(
        module=module, exit=False, verbosity=2,
        testRunner=unittest.TextTestRunner(resultclass=_Recording, stream=sys.stderr, verbosity=2))
    result = program.result
    folder = os.environ.get("QUORATE_CASES")
    if folder:
        cases = [{"name": n, "outcome": o} for n, o in result.outcomes.items()]
        pathlib.Path(folder, name + ".cases").write_text(json.dumps({"cases": cases}))
    # A run in which nothing ran has shown nothing.
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
