#!/usr/bin/env python3
"""What a person is shown: `status`, `watch` and `show`, on one screen, with the next command."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

ROWS = 24
GROUP = None


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.found()
    path = GROUP.write("page-secret", "the page's password\n")
    for account in ("page", "mailbox", "shop", "forum", "bank"):
        GROUP.ana.must("deposit", account, "--vault", "main", "--from", path)


def tearDownModule():
    GROUP.close()


class Status(harness.Case):
    def screen(self, person):
        text = person.must("status").out
        self.assertLessEqual(sum(1 + max(0, len(line) - 1) // 80 for line in text.splitlines()),
                             ROWS, text)
        return text

    def test_says_who_waits_for_whom_and_gives_commands_that_work(self):
        ana, ben, chloe = GROUP.people[:3]
        self.assertRegex(self.screen(ana), r"(?m)^You +ana, unlocked .quorate lock shuts it., paper kit not verified")
        request = GROUP.request(ana, "page")
        need = self.screen(ben)
        self.assertRegex(need, r"(?ms)^Needs you\n  ana asks for page: for the test \(until .+?\)\n"
                               rf"    quorate approve {request}\n")
        self.assertRegex(need, rf"(?m)^Next +quorate approve {request}$")
        command = ben.status()["next_command"].split()[1:]
        self.assert_code(ben.quorate(*command, "--yes", "--passphrase-file", ben.passphrase_file),
                         0)
        wait_until(lambda: ana.json("show", request)["approvals"] == 1, "the approval is seen")
        waiting = self.screen(ana)
        self.assertIn("your request for page: 1 of 3; ben approved; awaited: ",
                      " ".join(waiting.split()))
        self.assertRegex(waiting, r"\(node\s+last\s+seen\s+\d\d:\d\d\)")
        self.assertNotIn("quorate approve", self.screen(ben))
        self.assertIn("you approved: 1 of 3", self.screen(ben))
        chloe.approve(request)
        GROUP.dan.approve(request)
        wait_until(lambda: ana.json("show", request)["openable_by_me"], "it is released")
        self.assertRegex(self.screen(ana), rf"(?m)^Next +quorate open {request}$")
        ana.must(*ana.status()["next_command"].split()[1:], "--reveal")
        wait_until(lambda: request not in ben.must("status").out, "it is over")

    def test_fits_one_screen_with_more_than_fits(self):
        requests = []
        for account in ("page", "mailbox", "shop", "forum", "bank"):
            requests.append(GROUP.ana.json("request", account, "--reason", "why " * 60)["id"])
        wait_until(lambda: len(GROUP.ben.status()["needs_you"]) == 5, "all are seen")
        text = self.screen(GROUP.ben)
        self.assertIn(" more\n", text)
        GROUP.ben.must("lock")
        self.screen(GROUP.ben)
        self.assertRegex(GROUP.ben.must("status").out, r"(?m)^Next +quorate unlock$")
        GROUP.ben.unlock()
        for request in requests:
            GROUP.ana.must("withdraw", request, "--yes")

    def test_says_that_the_server_is_away(self):
        GROUP.server.stop()
        wait_until(lambda: not GROUP.eve.status()["connected"], "it is noticed")
        self.assertRegex(self.screen(GROUP.eve), r"(?s)NOT CONNECTED.*Risk\n  the server .* does "
                                                 r"not answer")
        GROUP.server.start()
        wait_until(lambda: GROUP.eve.status()["connected"], "it is back")

    def test_without_a_node_says_how_to_start_one(self):
        stranger = harness.Person(GROUP.folder, "stranger")
        result = stranger.quorate("status")
        self.assert_code(result, 4)
        self.assertIn("quorate node start", result.err)

    def test_watch_tells_each_step_and_show_tells_all_of_a_request(self):
        watching = GROUP.eve.begin("watch", "--json")
        # The stream begins with nothing: what happens before it is there would be missed.
        fds = pathlib.Path(f"/proc/{watching.child.pid}/fd")
        wait_until(lambda: any("socket" in str(fd.readlink()) for fd in list(fds.iterdir())),
                   "it is connected")
        seen = []
        request = GROUP.request(GROUP.ana, "mailbox")
        GROUP.ben.approve(request)
        GROUP.chloe.must("deny", request, "--reason", "nobody called me")
        wait_until(lambda: GROUP.eve.json("show", request)["denials"] == 1, "the denial is seen")
        shown = GROUP.eve.must("show", request).out
        for text in ("asked by    ana", "reason      for the test", "1 of 3 approved, 1 denied",
                     "nobody called me", "mailbox"):
            self.assertIn(text, shown)
        harness.Process(watching.child.pid).signal(2)
        for line in watching.finish().out.splitlines():
            seen.append(json.loads(line))
        kinds = [event["kind"] for event in seen if event["subject"] == request]
        self.assertEqual(kinds[-2:], ["approved", "denied"])
        GROUP.ana.must("withdraw", request, "--yes")


if __name__ == "__main__":
    cases.main("e2e_status")
