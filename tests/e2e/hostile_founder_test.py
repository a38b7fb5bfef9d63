#!/usr/bin/env python3
"""A founder who cheats: shows people different drafts, lays a card in another's name, wraps another
key for one of them. Whoever compares words, or only looks at what their own node says, signs
nothing; and nothing is founded without everybody's signature."""

import os
import pathlib
import pty
import re
import select
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import cases  # noqa: E402
import harness  # noqa: E402
from harness import wait_until  # noqa: E402

NAMES = ("ana", "ben", "chloe")
CHARTER = harness.charter(threshold=2, governance=2, holders=NAMES)


class Founding(harness.Case):
    def setUp(self):
        self.group = harness.Group(people=NAMES)
        self.addCleanup(self.group.close)
        self.people = {person.name: person for person in self.group.people}

    def impostor(self, folder, name):
        """Somebody who is none of them and says to be `name`, with the real programs."""
        path = self.group.folder / folder
        path.mkdir(exist_ok=True)
        person = harness.Person(path, name)
        self.group.people.append(person)
        return person

    def join(self, person, link):
        person.init(link)
        person.start()

    def shown(self, person):
        return person.json("organisation", "show")

    def frozen(self, person):
        return wait_until(lambda: self.shown(person).get("state") == "frozen" and
                          self.shown(person), f"{person.name}: frozen")

    def warned(self, person):
        def says_so():
            shown = person.quorate("organisation", "show", "--json")
            return shown.code == 0 and "DO NOT SIGN" in shown.out and shown.json()
        return wait_until(says_so, f"{person.name} is warned")

    def assert_signs_nothing(self, person):
        self.assertIn(person.quorate("organisation", "sign", "--yes").code, (3, 5))
        self.assertNotIn(person.name, self.shown(person).get("signed_by", []))

    def test_a_card_in_anothers_name_is_seen_by_them(self):
        ana, ben, chloe = self.group.people
        link = self.group.draft(CHARTER)
        self.join(self.impostor("impostor", "ben"), link)
        wait_until(lambda: "ben" in self.shown(ana).get("joined", []), "the impostor has joined")
        self.join(ben, link)
        self.join(chloe, link)
        self.frozen(ana)
        shown = self.warned(ben)
        self.assertEqual(shown.get("words", []), [])
        self.assert_signs_nothing(ben)
        # On the call ben has no words to read, and the others are not told that he signed.
        ana.must("organisation", "sign", "--yes")
        chloe.must("organisation", "sign", "--yes")
        self.assertEqual(self.shown(ana)["state"], "frozen")
        self.assert_code(ana.quorate("vaults"), 3)

    def test_words_of_different_drafts_differ_and_whoever_types_them_signs_nothing(self):
        ana, ben, chloe = self.group.people
        link = self.group.draft(CHARTER)
        # chloe plays ben for ana, and ana and chloe for ben, to whom she sends a draft of her own.
        self.join(chloe, link)
        self.join(self.impostor("for-ana", "ben"), link)
        other_ana = self.impostor("for-ben", "ana")
        self.join(other_ana, self.group.server.invite())
        path = self.group.write("other.toml", harness.charter(threshold=2, governance=2,
                                                              holders=NAMES, cooling_off=1))
        other = other_ana.json("organisation", "draft", path)["link"]
        self.join(self.impostor("for-ben", "chloe"), other)
        self.join(ben, other)
        read_aloud = self.frozen(ana)["words"]
        own = self.frozen(ben)["words"]
        self.assertEqual((len(read_aloud), len(own)), (12, 12))
        self.assertNotEqual(read_aloud, own)
        code, said = self.sign_at_a_terminal(ben, read_aloud)
        self.assertEqual(code, 3, said)
        self.assertIn("the words differ", said)
        self.assertEqual(self.shown(ben)["signed_by"], [])
        # The words of what he would sign are what it waits for.
        code, said = self.sign_at_a_terminal(ben, own)
        self.assertEqual(code, 0, said)
        wait_until(lambda: self.shown(ben)["signed_by"] == ["ben"], "his signature is there")

    def sign_at_a_terminal(self, person, words):
        """Types what is asked for out of `words`, and agrees; exit code and what was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(harness.BIN / "quorate", ["quorate", "organisation", "sign"],
                      harness.environment(QUORATE_HOME=person.home, TERM="dumb"))
        said, answered, agreed = "", 0, False
        while select.select([terminal], [], [], 30)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # It has ended.
                part = b""
            if not part:
                break
            said += part.decode(errors="replace")
            asked = re.findall(r"Word (\d+), as they read it: ", said)
            for number in asked[answered:]:
                os.write(terminal, (words[int(number) - 1] + "\n").encode())
            answered = len(asked)
            if "Sign this charter?" in said and not agreed:
                agreed = True
                os.write(terminal, b"y\n")
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said

    def test_a_wrap_that_differs_between_members_is_refused_by_all(self):
        ana, ben, chloe = self.group.people
        link = self.group.draft(CHARTER)
        # The author's node would lay the charter; locked, it is late.
        ana.must("lock")
        chloe.init(link)
        cheat = harness.Begun([harness.BIN / "hostile-founder", chloe.home, chloe.passphrase_file,
                               "ben"], env=harness.environment())
        self.join(ben, link)
        self.assert_code(cheat.finish(), 0)
        ana.unlock()
        for person in (ana, ben):
            with self.subTest(person=person.name):
                self.warned(person)
                self.assert_signs_nothing(person)


    def test_names_in_a_draft_do_not_reach_a_terminal_as_control_or_bidi_characters(self):
        ana, ben, _ = self.group.people
        self.group.server.start()
        ana.init(self.group.server.invite())
        nasty = "\x1b]0;owned\x07\u202e\u2066\x9b31m"
        made = harness.run([harness.BIN / "hostile-founder", ana.home, ana.passphrase_file, "ben",
                            nasty], env=harness.environment())
        self.assert_code(made, 0)
        self.join(ben, made.json()["link"])
        for words in (["organisation", "show"], ["organisation", "sign", "--yes"], ["status"]):
            for how in ([], ["--json"]):
                result = ben.quorate(*words, *how)
                self.assertNotRegex(result.out + result.err,
                                    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
                if words[0] != "status":
                    self.assertNotEqual(result.code, 0, str(result))


if __name__ == "__main__":
    cases.main("e2e_hostile_founder")
