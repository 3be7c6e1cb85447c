"""Dialogues in many layouts, and the turns that a person reads in them."""

from __future__ import annotations

WHATSAPP = (
    "31/12/20, 10:14 - Messages and calls are end-to-end encrypted.\n"
    "31/12/20, 10:15 - Ana 😀: hi\n\nshopping: eggs\n"
    "31/12/20, 10:16 - +44 7700 900123: see https://x.y: ok\n"
    "31/12/20, 10:17 - Ana added Cy\n"
)
WHATSAPP_ON_A_PHONE = (
    "\u200e[31.12.20, 10:15:30] Ana Lee: hi\r\n[31.12.20, 10:15:32] ~\u202fBob: \u200eimage omitted\r\n"
    "[31.12.20, 10:16:00\u202fPM] Ana Lee: 9: 30?\r\n"
)
WHATSAPP_COPIED = "[10:15, 31/12/2020] Ana: hi\n[10:16, 31/12/2020] Bob: yo\n"
ZOOM_CHAT = "10:15:30 From Ana Lee to Everyone : hi: there\n10:15:31\t From Bob : yes\n"
ZOOM_CHAT_2 = (
    "2024-05-01 10:15:30 From Ana to Everyone:\n\thi\n\tall\n2024-05-01 10:16:30 From Bob to Ana(Privately):\n\tyo\n"
)
ZOOM_TRANSCRIPT = "[Ana Lee] 10:15:30\nhello\n\n[Bob] 10:15:40\nhi\nall\n"
TEAMS = "Ana Lee  0:03\nHello\n\nBob Roe  0:05\nsee you at 10:15\n"
VTT = (
    "WEBVTT - a meeting\n\nSTYLE\n::cue { color: red }\n\nNOTE made: by hand\n\n"
    "1\n00:00:01.000 --> 00:00:02.000\nAna Lee: hello\nall\n\n"
    "00:02.000 --> 00:03.000 align:start\n<v.loud Bob>hi &amp; <i>you</i></v>\n\n"
    "00:03.000 --> 00:04.000\nand more\n"
)
SRT = "1\n00:00:01,000 --> 00:00:02,000\nAna: 42\n2\n00:00:02,000 --> 00:00:03,000\nBob: {\\an8}bye\n"
SRT_WITHOUT_SPEAKERS = (
    "1\n00:00:01,000 --> 00:00:02,000\n- Hi.\n- Hello.\n\n2\n00:00:02,000 --> 00:00:03,000\nBye\nall\n"
)

TEXTS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "plain": ("user: a taxi\nagent: when ?\n  at 17:15 ?\nuser: yes: now", [
        ("user", "a taxi"), ("agent", "when ? at 17:15 ?"), ("user", "yes: now")]),
    "no blank after the colon": ("Ana:hi\nBob:hello", [("Ana", "hi"), ("Bob", "hello")]),
    "a blank before the colon": ("Ana : hi\nBob :hello", [("Ana", "hi"), ("Bob", "hello")]),
    "numbered": ("#Person1#: Hi, Mr. Smith: sit.\n#Person2#: I'm ill.", [
        ("Person1", "Hi, Mr. Smith: sit."), ("Person2", "I'm ill.")]),
    "numbered in one line": ("#Person1#: Hi! #Person2#: Hello.", [("Person1", "Hi!"), ("Person2", "Hello.")]),
    "a tag is no speaker": ("Ana: see #deal#: 20% off", [("Ana", "see #deal#: 20% off")]),
    "emoji": ("😀: hi\n🐶 Rex: wuff\nAna 🌸: ok", [("😀", "hi"), ("🐶 Rex", "wuff"), ("Ana 🌸", "ok")]),
    "phone numbers": ("+44 7700 900123: hi\n07700900124: 3 people\n+1 (555) 010-9999: 10:30", [
        ("+44 7700 900123", "hi"), ("07700900124", "3 people"), ("+1 (555) 010-9999", "10:30")]),
    "a number first": ("2nd agent: hi\n1st user: yo", [("2nd agent", "hi"), ("1st user", "yo")]),
    "numbers": ("1: hi\n2: yo\n1: 3 people", [("1", "hi"), ("2", "yo"), ("1", "3 people")]),
    "a number last": ("Agent 2: hi\nuser: hm\nAgent 2: 30 people\nAgent 3: 4 people", [
        ("Agent 2", "hi"), ("user", "hm"), ("Agent 2", "30 people"), ("Agent 3", "4 people")]),
    "line separators": ("A: hi\u2028B: hello\u2029A: so\u0085B: yes\x0bno", [
        ("A", "hi"), ("B", "hello"), ("A", "so"), ("B", "yes no")]),
    "old line ends": ("A: hi\rB: hello\r\nA: so", [("A", "hi"), ("B", "hello"), ("A", "so")]),
    "a byte order mark": ("\ufeffA: hi\nB: yo", [("A", "hi"), ("B", "yo")]),
    "times in brackets": ("[10:15] Ana: hi\nBob: yes\n(00:01:02) Cy: no\n[00:01 - 00:02] Ana: so", [
        ("Ana", "hi"), ("Bob", "yes"), ("Cy", "no"), ("Ana", "so")]),
    "times": ("10:15 Ana: hi\n10:16 AM Bob: yo\nat 17:15", [("Ana", "hi"), ("Bob", "yo at 17:15")]),
    "dates and times": ("2024-05-01T10:15:00Z Ana: hi\n2024-05-01 10:15:03 - Bob: yo", [("Ana", "hi"), ("Bob", "yo")]),
    "times behind names": ("Ana [00:12]: hi\nBob (00:14): yo", [("Ana", "hi"), ("Bob", "yo")]),
    "no times of speakers": ("Jerry: Sure!\r\nat 9: 30 :-)\n17:15 is fine", [
        ("Jerry", "Sure! at 9: 30 :-) 17:15 is fine")]),
    "links, paths and faces": ("A: x\nhttp://y.z: so\nC:\\dir\nstd::vector\nthanks :)\nlol :D\nhi :wave: all\nok:)", [
        ("A", "x http://y.z: so C:\\dir std::vector thanks :) lol :D hi :wave: all ok:)")]),
    "markdown": ("**Ana:** hi\n**Bob**: yo\n*Cy*: *x*", [("Ana", "hi"), ("Bob", "yo"), ("Cy", "*x*")]),
    "items": ("- Ana: hi\n- Bob: yo\n* Ana: so", [("Ana", "hi"), ("Bob", "yo"), ("Ana", "so")]),
    "numbered items": ("1. Ana: hi\n2. Bob: yo\n(3) Ana: so", [("Ana", "hi"), ("Bob", "yo"), ("Ana", "so")]),
    "a list in a turn": ("agent: there are two:\n1. Hotel A: cheap\n- Hotel B: dear\nuser: ok\n- agent: so", [
        ("agent", "there are two: 1. Hotel A: cheap - Hotel B: dear"), ("user", "ok"), ("agent", "so")]),
    "WebVTT with changes": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n>> ANA: hi\n\n00:02.000 --> 00:03.000\n>> yo\n&gt;&gt; BOB: so\n- ANA: a",
        [("ANA", "hi"), ("", "yo"), ("BOB", "so"), ("ANA", "a")]),
    "other scripts": ("小明：你好\nАгент: да\nالوكيل: مرحبا", [("小明", "你好"), ("Агент", "да"), ("الوكيل", "مرحبا")]),
    "surnames first": ("Lee, Ana: hi\nRoe, Bob: yo", [("Lee, Ana", "hi"), ("Roe, Bob", "yo")]),
    "titles": ("Hon. Mona Fortier (Minister of Middle Class Prosperity and Associate Minister of Finance): a\n"
               "The Acting Chair (Mr. Bruce (North)): b\nSian AM: c", [
        ("Hon. Mona Fortier (Minister of Middle Class Prosperity and Associate Minister of Finance)", "a"),
        ("The Acting Chair (Mr. Bruce (North))", "b"), ("Sian AM", "c")]),
    "signs in names": ("user_1: a\nAna (she/her): b\nAna & Bob: c\nO'Brien: d\nSPEAKER_00: e\n@ana: f", [
        ("user_1", "a"), ("Ana (she/her)", "b"), ("Ana & Bob", "c"), ("O'Brien", "d"), ("SPEAKER_00", "e"),
        ("@ana", "f")]),
    "nothing said, or on the next line": ("A:\nB:\n  hi\n\n\nall", [("A", ""), ("B", "hi all")]),
    "line ends that were written out": ("Ana: hi\\nBob: yo\\r\\nall", [("Ana", "hi"), ("Bob", "yo all")]),
    "line breaks of HTML": ("Ana: hi<br>Bob: yo<br />all", [("Ana", "hi"), ("Bob", "yo all")]),
    "a path and a mark": ("Ana: see C:\\new<br>", [("Ana", "see C:\\new<br>")]),
    "drawn lines": ("Ana: hi\n-----\nBob: yo --- so\n===", [("Ana", "hi"), ("Bob", "yo --- so")]),
    "headings": ("### User:\nhi\n### Assistant: yo\n#1 fan", [("User", "hi"), ("Assistant", "yo #1 fan")]),
    "times with thousandths": ("[00:00.000 --> 00:02.500] S1: hi\n[00:02.500 --> 00:03.000] S2: yo", [
        ("S1", "hi"), ("S2", "yo")]),
    "times behind the colon": ("Ana: (00:03)\nhi\nBob: (00:05)\nyo (00:05)\nAna: (10:15)", [
        ("Ana", "hi"), ("Bob", "yo (00:05)"), ("Ana", "(10:15)")]),
    "Discord": ("Ana — 01/05/2024 21:03\nhi\nBob — Today at 9:04 PM\nsee you\nat 10:15\n", [
        ("Ana", "hi"), ("Bob", "see you at 10:15")]),
    "Telegram, copied": ("Ana Lee, [01.05.2024 21:03]\nhi\nBob, [01.05.2024 21:04]\nyo\nCy 9:04", [
        ("Ana Lee", "hi"), ("Bob", "yo Cy 9:04")]),
    "Slack, copied": ("Ana Lee  9:03 PM\nhi\n9:04 PM\nall\nBob  9:05 PM\nyo", [("Ana Lee", "hi all"), ("Bob", "yo")]),
    "Otter": ("Ana  0:03\nhi\nBob  0:05\nyo\nTranscribed by https://otter.ai", [("Ana", "hi"), ("Bob", "yo")]),
    "WhatsApp": (WHATSAPP, [("Ana 😀", "hi shopping: eggs"), ("+44 7700 900123", "see https://x.y: ok")]),
    "WhatsApp on a phone": (WHATSAPP_ON_A_PHONE, [("Ana Lee", "hi"), ("Ana Lee", "9: 30?")]),
    "WhatsApp, copied": (WHATSAPP_COPIED, [("Ana", "hi"), ("Bob", "yo")]),
    "Zoom chat": (ZOOM_CHAT, [("Ana Lee", "hi: there"), ("Bob", "yes")]),
    "Zoom chat, newer": (ZOOM_CHAT_2, [("Ana", "hi all"), ("Bob", "yo")]),
    "Zoom transcript": (ZOOM_TRANSCRIPT, [("Ana Lee", "hello"), ("Bob", "hi all")]),
    "Teams transcript": (TEAMS, [("Ana Lee", "Hello"), ("Bob Roe", "see you at 10:15")]),
    "WebVTT": (VTT, [("Ana Lee", "hello all"), ("Bob", "hi & you and more")]),
    "WebVTT, surnames first": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\nLee, Ana: hi\n\n00:02.000 --> 00:03.000\nRoe, Bob: yo\n",
        [("Lee, Ana", "hi"), ("Roe, Bob", "yo")]),
    "WebVTT, voices in a line": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>hi</v> <v Bob>yo</v>\nall\n",
        [("Ana", "hi"), ("Bob", "yo all")]),
    "WebVTT, cues with blank lines": (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n\nAna: hi\n\nthere\n\nid-2\n"
        "00:02.000 --> 00:03.000\nBob: yo\n\nNOTE x\ny\n",
        [("Ana", "hi there"), ("Bob", "yo")]),
    "WebVTT, cues that name speakers": (
        'WEBVTT\n\n1 "Ana Lee" (12)\n00:01.000 --> 00:02.000\nhi\nall\n\n2 "B & C" (13)\n00:02.000 --> 00:03.000\nyo\n',
        [("Ana Lee", "hi all"), ("B & C", "yo")]),
    "WebVTT that rolls": (
        "WEBVTT\nKind: captions\n\n00:00:00.000 --> 00:00:02.000\n \nso<00:00:00.500><c> hello</c>\n\n"
        "00:00:02.000 --> 00:00:02.010\nso hello\n \n\n"
        "00:00:02.010 --> 00:00:04.000\nso hello\nthere<00:00:03.000><c> you</c>\n\n"
        "00:00:04.000 --> 00:00:04.010\nthere you\n \n", [("", "so hello"), ("", "there you")]),
    "SubRip": (SRT, [("Ana", "42"), ("Bob", "bye")]),
    "SubRip without speakers": (SRT_WITHOUT_SPEAKERS, [("", "Hi."), ("", "Hello."), ("", "Bye all")]),
}  # fmt: skip
