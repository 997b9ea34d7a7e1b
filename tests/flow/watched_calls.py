"""Calls whose every effect is kept, to look for what may be in none of them."""

import re

from scripted_calls import Call

from runtime.flow.engine.effects import Say, SendRequest
from runtime.flow.engine.events import Heard, Pressed

PHONE = "9845098450"
WORDS = "98450 98450"


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def leaks(effects, secret: str = PHONE) -> list:
    """What tells the secret besides the spoken words and requests; spoken words are masked too."""
    kept = [x for x in effects if not isinstance(x, SendRequest | Say)]
    kept += [x.shown for x in effects if isinstance(x, Say)]
    return [x for x in kept if secret in digits(str(x)) or secret in str(x)]


class Watched(Call):
    """A call whose effects are all kept, and all that was said heard."""

    def __init__(self, flow, **started):
        super().__init__(flow, **started)
        self.all = list(self.effects)
        self.hears_all()

    def gets(self, event, **fields):
        super().gets(event, **fields)
        self.all += self.effects
        return self.effects

    def hears(self, text, confidence=1.0):
        self.gets(Heard, text=text, confidence=confidence)
        heard = self.said
        self.hears_all()
        return heard

    def presses(self, keys):
        for digit in keys:
            self.gets(Pressed, digit=digit)
        return self.said

    @property
    def talk(self):
        return [said.text for said in self.state.talk]


FLOW = """
slots:
  phone:
    type: phone
    ask: Your number?
    sensitive: true
    confirm: 'I have {{ value | digits }}. Right?'
    valid: value != '9845000000'
    invalid: '{{ value }} is ours.'
    no_match: 'No number in {{ text }}{{ digit }}.'
  day: {type: date, ask: Which day?}
states:
  menu: {ask: What?, on: {yes: order}}
  order: {collect: [phone, day], next: done}
  done: {hangup: 'We call {{ phone | digits }} on {{ day | date }}.'}
"""
