from tables import each_row

from runtime.audio.machine_phrases import spoken_by

MACHINES = """
Hi, you've reached John. I'm not available right now.
You have reached the voicemail of 98 76 54.
Please leave a message after the tone.
Leave me a short message.
Please leave your name and number, and I'll call you back.
At the tone, please record your message.
after the beep
Your call has been forwarded to an automated voice messaging system.
The mailbox is full.
The person you are calling is not available at the moment.
The person you're trying to reach is currently unavailable.
The number you have dialled is switched off or out of coverage area.
The subscriber you have called is not reachable. Please try again later.
The customer you are trying to reach is busy.
I can't come to the phone right now.
We are unable to take your call.
The number is not answering.
No one is available to take your call.
Our office is currently closed.
For appointments, press one.
To go on in Hindi, dial 2.
Press star to leave a callback number.
कृपया बीप के बाद अपना संदेश छोड़ें।
टोन के बाद अपना मैसेज रिकॉर्ड करें
कृपया अपना संदेश छोड़ दें
आप जिस व्यक्ति को कॉल कर रहे हैं, वह अभी उपलब्ध नहीं है।
आप जिस व्यक्ति से संपर्क करना चाहते हैं वह इस समय व्यस्त है
जिस नंबर पर आप कॉल कर रहे हैं वह स्विच ऑफ है
यह नंबर कवरेज क्षेत्र से बाहर है
जिस ग्राहक से आप बात करना चाहते हैं वह पहुँच से बाहर है
कृपया थोड़ी देर बाद पुनः प्रयास करें
कृपया कुछ समय बाद फिर से कोशिश करें
हिंदी के लिए दो दबाएँ
अंग्रेज़ी के लिए एक दबाएं
आपकी कॉल वॉइसमेल पर भेजी गई है
यह वॉयस मेल है
kripya beep ke baad apna sandesh chhodein
kripya apna sandesh record karein
apna message chhod dijiye
tone ke bad boliye
aap jis vyakti ko call kar rahe hain vah abhi uplabdh nahin hai
aap jis number par call kar rahe hain vah switch off hai
vah abhi vyast hai
yeh number coverage kshetra se bahar hai
Hindi ke liye do dabayein
"""
PEOPLE = """
Hello, who is this?
Hello, Asha speaking. Who's calling, please?
May I know who is calling?
Thank you for calling Acme, how may I help you?
She is not available now, can I take a message?
He's not in.
I think you've reached the wrong number.
Yes, speaking.
Hold on.
कौन बोल रहा है?
हाँ जी, बोलिए।
हैलो, कौन है?
जी, मैं राहुल बोल रहा हूँ
आपको किससे बात करनी है?
ग़लत नंबर है
kaun bol raha hai
haan ji boliye
main Rahul bol raha hoon
galat number hai
"""
EITHER = """
Hello?
Hi.
Yes.
Good morning.
This is Priya.
Acme Industries, good morning.
Leave me alone.
I got your message, thanks.
What did you say?
Speaking of which, I wanted to call you.
I'd like to leave at nine.
It is available on Monday.
हैलो
हाँ जी
नमस्ते
haan
ji
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@each_row("text", lines(MACHINES))
def test_what_machines_and_exchanges_say(text):
    assert spoken_by(text) == "machine"


@each_row("text", lines(PEOPLE))
def test_what_only_people_say(text):
    assert spoken_by(text) == "person"


@each_row("text", ["", *lines(EITHER)])
def test_what_either_may_say(text):
    assert spoken_by(text) is None
