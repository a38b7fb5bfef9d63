#!/usr/bin/env python3
"""Bad networks between a node and its server: dripping, stalled, cut one way, half closed, reset.

Four nodes have a proxy each between them and the server, the fifth has none. Whatever happens to
the four, the fifth is served; and each of the four is back by itself, without a restart.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
import proxy  # noqa: E402
import wire  # noqa: E402
from harness import at_once, wait_until  # noqa: E402

# A node notices a dead connection by pings after 30 seconds, and a silent stream after 75.
NOTICED_S = 120
SERVED_S = 20
GROUP = None
PROXIES = {}


def setUpModule():
    global GROUP
    GROUP = harness.Group()
    GROUP.server.start()
    direct = wire.address_of(GROUP.server)
    link = GROUP.draft(harness.charter())

    def join(person):
        PROXIES[person.name] = proxy.Proxy(direct)
        GROUP.join(person, link.replace(direct, PROXIES[person.name].address))
    at_once(join, GROUP.people[1:])
    GROUP.sign()
    GROUP.ready()
    GROUP.write("secret", "a plain secret\n")


def tearDownModule():
    GROUP.close()
    for one in PROXIES.values():
        one.close()


class BadNetwork(harness.Case):
    def deposit(self, account):
        result = GROUP.ana.quorate("deposit", account, "--vault", "main", "--from",
                                   GROUP.folder / "secret", seconds=SERVED_S)
        self.assert_code(result, 0)

    def assert_back(self, account):
        """Everybody sees it, and what they say reaches the log."""
        GROUP.all_see(account, lambda p: p.quorate("show", f"account/{account}").code == 0,
                      NOTICED_S)
        request = GROUP.request(GROUP.ana, account)
        for person in GROUP.people[1:4]:
            wait_until(lambda p=person: p.approve(request).code == 0, f"{person.name} approves")
        wait_until(lambda: GROUP.ana.quorate("open", request, "--wait", "--reveal").code == 0,
                   "it opens")
        GROUP.all_see("connected", lambda p: p.status()["connected"], NOTICED_S)

    def spoil(self, account, **how):
        before = {name: PROXIES[name].accepted for name in how}
        for name, mode in how.items():
            PROXIES[name].spoil(mode)
        self.deposit(account)
        self.assert_back(account)
        return [name for name in how if PROXIES[name].accepted == before[name]]

    def test_connections_that_end_are_made_again(self):
        same = self.spoil("ended", ben="reset", chloe="end", dan="reset", eve="end")
        self.assertEqual(same, [])

    def test_connections_that_are_silent_slow_or_go_one_way_harm_nobody_else(self):
        same = self.spoil("silent", ben="stall", chloe="up", dan="down", eve="drip")
        # A slow one still does its work.
        self.assertIn(same, ([], ["eve"]))


if __name__ == "__main__":
    cases.main("e2e_network")
