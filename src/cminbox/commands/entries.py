"""All commands, one entry each."""

from __future__ import annotations

from cminbox.commands.registry import CONVERSATIONS, LISTS, Arg, Command, on

_EVERYWHERE = ("anywhere",)
_TABBED = ("queue", "metrics", "handover")
_CRISIS = ("crisis", "anywhere")
"""Keys on the crisis screen; by name on every one."""


def _act(
    name: str,
    help: str,
    *keys: str,
    args: tuple[Arg, ...] = (),
    footer: str = "",
    where: tuple[str, ...] = CONVERSATIONS,
    writing: str | None = None,
) -> Command:
    """A command that the desk does to conversations; `desk.catalog` has its action.

    Args:
        writing: its key while a reply is written, which then brings it along; empty for none, None where it does not.
    """
    command_id = f"conversation.{name.replace('-', '_')}"
    bound = on(*keys, where=CONVERSATIONS) if keys else {}
    bound |= {"compose": (writing,)} if writing else {}
    where = where if writing is None else (*where, "compose")
    return Command(command_id, name, help, "act", bound, args=args, footer=footer, desk=True, where=where)


_PEOPLE = (*CONVERSATIONS, "contact")
"""Where there is somebody to act on."""
_MESSAGE = Arg("message:ID", "word", required=False)
"""Which message of the conversation; without it the newest that waits."""
_WORD = (Arg("word", "text", required=False, many=True),)
_WHY = (Arg("reason", "text", required=False, many=True),)

_ACT = (
    _act("take", "Take it: assign it to yourself", "A"),
    _act("next-free", "Take the next conversation of the view that nobody has, and open it", "T"),
    _act(
        "assign", "Assign to a member or a team (team:care, least-loaded:care, round-robin:care)", "a",
        args=(Arg("member", "member"),), footer="assign",
    ),
    _act("unassign", "Give it back to the queue"),
    _act(
        "snooze", "Hide until a time, or until they write again (2h, tomorrow 9:00, mon)", "s",
        args=(Arg("when", "when", many=True),), footer="snooze",
    ),
    _act(
        "promise", "Write down what was promised, by when, and whose it is: refund booked by Thursday 18:00 @jo", "P",
        args=(Arg("what by when", "promise", many=True),), writing="Alt+p",
    ),
    _act("kept", "Say that the promise was kept, and in a word how", args=_WORD),
    _act("broken", "Say that the promise was broken, and why", args=_WORD),
    _act("withdraw", "Take the promise back: neither kept nor broken", args=_WORD, writing=""),
    _act("promise-to", "Make the promise another member's to keep", args=(Arg("member", "member", many=True),)),
    _act(
        "back", "Bring it back to the queue when they have not written in 2d, say; off lets it be",
        args=(Arg("length", "length", many=True),), writing="Alt+b",
    ),
    _act("watch", "Be told when they write, and when it is answered, closed, assigned or escalated", "W"),
    _act("unwatch", "Watch it no more"),
    _act("close", "Close what was answered; where an answer is needed and missing, it asks", "e", footer="close"),
    _act(
        "none-needed", "Close what needs no answer: chatter, thanks, not for us, handled elsewhere, duplicate", "d",
        args=(Arg("reason", "reason", many=True),),
    ),
    _act(
        "needs-answer", "Say that it needs an answer; off: it needs none",
        args=(Arg("on|off", "word", required=False),),
    ),
    _act("lift", "Lift what was only heard: it waits for us like what is said to us"),
    _act("reopen", "Open again what was closed, snoozed or spam", "O"),
    _act("spam", "Mark as spam", "S"),
    _act("not-spam", "It was no spam after all"),
    _act("label", "Add labels; -name takes one off", "l", args=(Arg("labels", "label", many=True),)),
    _act("note", "Leave a note for the team; it is never sent", "m", args=(Arg("text", "text", many=True),)),
    _act(
        "escalate", "Make a crisis of it, or join a running one (#ID or NAME, then severity 1–4, then a reason)", "!",
        args=(Arg("crisis", "crisis"), Arg("severity", "number", required=False),
              Arg("reason", "text", required=False, many=True)),
        footer="escalate",
    ),
    _act(
        "priority", "Set the priority by hand, 0–100; auto gives it back to the rules",
        args=(Arg("priority", "word"),),
    ),
    _act("sentiment", "Correct the sentiment: −1…1, or negative, neutral, positive", args=(Arg("sentiment", "word"),)),
    _act("language", "Correct the language (en, es, hi, hi-Latn …)", args=(Arg("language", "word"),)),
    _act(
        "correct", "Correct what was heard: sentiment, language, signals, whether it needs an answer", "c",
        args=(Arg("words", "correction", many=True),),
    ),
    _act(
        "vip", "Mark the person as VIP; off takes it back", args=(Arg("on|off", "word", required=False),),
        where=_PEOPLE,
    ),
    _act(
        "ask", "Ask a colleague without a terminal, by name or topic: the thread goes along, the answer is a note",
        args=(Arg("expert", "expert"), Arg("question", "text", many=True)),
    ),
    _act(
        "answered", "Write down what a colleague answered, where it came by no mail",
        args=(Arg("expert", "expert"), Arg("answer", "text", many=True)),
    ),
    _act("unask", "Ask a colleague no longer, or nobody", args=(Arg("expert", "expert", required=False),)),
    _act(
        "role", "Say what the person is to us: customer, journalist, influencer, partner, employee, troll; auto",
        args=(Arg("role", "role"),), where=_PEOPLE,
    ),
    _act(
        "ack", "Say that you know of what you were told of it; opening it says so too",
        where=(*CONVERSATIONS, "crisis"),
    ),
    _act("approve", "Let the reply that awaits approval go; another member than its writer"),
    _act(
        "reject", "Send the reply that awaits approval back to its writer, with a note that says why",
        args=(Arg("note", "text", many=True),),
    ),
    _act("like", "Like the message on its network; again takes it back", "L", args=(_MESSAGE,)),
    _act("boost", "Boost the message on its network; again takes it back", "b", args=(_MESSAGE,)),
    _act("hide", "Hide the message on its network, with a reason; again shows it", "h", args=_WHY),
    _act("delete", "Delete the message on its network, with a reason", "D", args=_WHY),
    _act("release", "Let be seen what the network holds for review", "y", args=(_MESSAGE,)),
    _act("report-spam", "Tell the network that the message is spam, with a reason", args=_WHY),
    _act("block", "Block whoever wrote the message, with a reason; again lets them", "B", args=_WHY),
    _act("mute", "Mute whoever wrote the message, with a reason; again hears them", args=_WHY),
    _act("pin", "Pin the message on its network; again takes it down", args=(_MESSAGE,)),
    Command(
        "conversation.open_url", "browse", "Open in the browser; over SSH, show the link", "act",
        on("o", where=CONVERSATIONS),
    ),
    Command(
        "conversation.picture", "picture", "Show what is attached to the message: its picture, words, address", "act",
        on("i", where=("conversation",)),
    ),
)  # fmt: skip

_ANSWER = (
    Command("reply.write", "reply", "Write a reply", "answer", on("r", where=CONVERSATIONS), footer="reply"),
    Command(
        "reply.write_next", "reply-next", "Write a reply, then go to the next conversation", "answer",
        on("R", where=CONVERSATIONS), footer="reply+next",
    ),
    Command(
        "reply.template", "template", "Answer from a template", "answer",
        {"conversation": ("t",), "compose": ("Ctrl+t",)}, args=(Arg("template", "word", required=False),),
    ),
    *(
        Command(
            f"reply.quick_{number}", f"template-{number}", f"Answer from quick template {number}", "answer",
            {"conversation": (str(number),), "compose": (f"Alt+{number}",)},
        )
        for number in range(1, 10)
    ),
    Command(
        "reply.send", "send", "Send, after the countdown in which u undoes it", "answer", {"compose": ("Ctrl+s",)},
        footer="send",
    ),
    Command(
        "reply.private", "private", "Answer in private, or in public again, where the network has that", "answer",
        {"compose": ("Ctrl+r",)},
    ),
    Command("reply.keep", "keep", "Keep the draft and go back", "answer", {"compose": ("Esc",)}, footer="keep draft"),
    Command("reply.discard", "discard", "Throw the draft away", "answer", where=("compose", "conversation")),
    Command(
        "reply.cancel", "cancel", "Take back a reply that is held, or unknown and not there: a draft again", "answer",
        where=CONVERSATIONS,
    ),
    Command(
        "reply.retry", "retry", "Try a failed reply again, or an unknown one that is not there", "answer",
        where=CONVERSATIONS,
    ),
    Command("reply.arrived", "arrived", "Say that an unknown reply is there", "answer", where=CONVERSATIONS),
)  # fmt: skip

_MOVE = (
    Command("move.down", "down", "Next line", "move", on("j", "Down", where=LISTS)),
    Command("move.up", "up", "Line before", "move", on("k", "Up", where=LISTS)),
    Command("move.top", "top", "First line", "move", on("g", "Home", where=LISTS), vim=on("g g", "Home", where=LISTS)),
    Command("move.bottom", "bottom", "Last line", "move", on("G", "End", where=LISTS)),
    Command("move.half_down", "half-down", "Half a page down", "move", on("Ctrl+d", where=LISTS)),
    Command("move.half_up", "half-up", "Half a page up", "move", on("Ctrl+u", where=LISTS)),
    Command("move.page_down", "page-down", "A page down", "move", on("PageDown", "Ctrl+f", where=LISTS)),
    Command("move.page_up", "page-up", "A page up", "move", on("PageUp", "Ctrl+b", where=LISTS)),
    Command(
        "message.next", "message-next", "Next message of the conversation: what you do next is about it", "move",
        {"conversation": ("J",)},
    ),
    Command("message.previous", "message-previous", "Message before", "move", {"conversation": ("K",)}),
    Command("move.next", "next", "Next conversation", "move", on("]", where=CONVERSATIONS), footer="next"),
    Command("move.previous", "previous", "Conversation before", "move", on("[", where=CONVERSATIONS)),
    Command(
        "move.open", "open", "Open what the cursor is on", "move",
        on("Enter", where=("queue", "contact", "crisis", "handover", "metrics", "sources", "rules")), footer="open",
    ),
    Command("view.next", "view-next", "Next view", "move", on("Tab", where=_TABBED)),
    Command("view.previous", "view-previous", "View before", "move", on("Shift+Tab", where=_TABBED)),
    Command("view.choose", "views", "Choose a view: type the first letters of its name", "move", on("v")),
    Command(
        "view.go", "view", "Go to a view by its name", "move", args=(Arg("view", "view", many=True),), where=("queue",),
    ),
)  # fmt: skip

_FIND = (
    Command(
        "find.search", "search", "Search in this view; n and N go to the next and previous hit", "find",
        on("/", where=("queue", "help")),
        args=(Arg("query", "query", required=False, many=True),),
    ),
    Command(
        "find.filter", "filter", "Show only what matches; empty shows all again", "find", on("\\"),
        args=(Arg("query", "query", required=False, many=True),),
    ),
    Command(
        "find.everywhere", "everywhere", "Show what matches in every state, also snoozed, answered and done", "find",
        on("F"),
    ),
    Command("find.next", "hit-next", "Next hit of the search", "find", on("n", where=("queue", "help"))),
    Command("find.previous", "hit-previous", "Previous hit of the search", "find", on("N", where=("queue", "help"))),
    Command(
        "view.sort", "sort", "Change the order: priority, due, waiting, newest, promise", "find", on("t"),
        args=(Arg("order", "sort", required=False),),
    ),
    Command(
        "view.refresh", "refresh", "Bring in what is new, in order, and draw the screen anew", "find",
        on("Ctrl+r", where=("queue", "conversation", "contact", "sources", "metrics", "crisis", "handover", "rules")),
    ),
)  # fmt: skip

_MARK = (
    Command("mark.toggle", "mark", "Mark, or take the mark off", "mark", on("Space")),
    Command("mark.range", "mark-range", "Mark from here to where the cursor goes", "mark", on("V")),
    Command("mark.all", "mark-all", "Mark all that match, not the page only", "mark", on("*")),
    Command("mark.none", "mark-none", "Take all marks off", "mark", where=("queue",)),
    Command("act.undo", "undo", "Undo your last action", "mark", on("u", where=(*_PEOPLE, "handover"))),
    Command(
        "act.dry", "dry", "Say what a command would change, such as dry close, and change nothing", "mark",
        where=CONVERSATIONS, args=(Arg("command", "text", many=True),),
    ),
    Command("act.repeat", "repeat", "Do the last action again, on these", "mark", on(".", where=CONVERSATIONS)),
)  # fmt: skip

_LOOK = (
    Command(
        "team.duty", "duty",
        "Who is on duty; on 18:00, off, off until tomorrow 9:00 ill, auto: you are; a lead says it of @jo", "look",
        args=(Arg("words", "text", required=False, many=True),), where=_EVERYWHERE,
    ),
    Command("look.why", "why", "Why it has this priority", "look", on("w", where=CONVERSATIONS)),
    Command(
        "conversation.others", "others", "Their other conversations: choose one and open it", "look",
        on("p", where=CONVERSATIONS),
    ),
    Command(
        "conversation.contact", "contact", "Who they are: role, notes, all conversations, what is next", "look",
        on("C", where=CONVERSATIONS),
    ),
    Command(
        "contact.note", "contact-note", "Write a note on the person, for the team", "look", {"contact": ("m",)},
        args=(Arg("text", "text", required=False, many=True),), footer="note",
    ),
    Command(
        "contact.next", "contact-next", "What is next with them, and when they come back for it; none takes it away",
        "look", {"contact": ("s",)}, args=(Arg("what by when", "text", required=False, many=True),), footer="next",
    ),
    Command(
        "contact.change", "contact-change", "Change name, role, VIP, tags, interests, or where they write", "look",
        {"contact": ("e",)}, args=(Arg("what", "text", required=False, many=True),), footer="change",
    ),
    Command("contact.vip", "contact-vip", "Mark the person as VIP, or no longer", "look", {"contact": ("v",)}),
    Command(
        "contact.list", "contact-list", "Put the person on a list, or take them off it", "look", {"contact": ("l",)},
        args=(Arg("list", "text", required=False, many=True),), footer="list",
    ),
    Command(
        "contact.merge", "contact-merge", "Merge with who may be the same person, or say that they are two", "look",
        {"contact": ("M",)}, args=(Arg("who", "text", required=False, many=True),), footer="merge",
    ),
    Command(
        "contact.split", "contact-split", "Say that one of their accounts is somebody else's", "look",
        {"contact": ("x",)},
    ),
    Command(
        "contact.unnote", "contact-unnote", "Take one of the notes on the person back", "look",
        {"contact": ("X",)},
    ),
    Command(
        "contact.details", "contact-details", "Show or hide all that is known of the person", "look",
        {"contact": ("i",)},
    ),
    Command("look.watchers", "watchers", "Say who watches it", "look", where=CONVERSATIONS),
    Command("go.queue", "queue", "Go to the queue", "look", on("F1", where=_EVERYWHERE)),
    Command("go.crisis", "crisis", "Go to the crises", "look", on("F2", where=_EVERYWHERE)),
    Command(
        "go.handover", "handover", "Go to the handover: the shift so far, or one that waits to be taken", "look",
        on("H", where=_EVERYWHERE),
    ),
    Command("go.metrics", "metrics", "Go to the metrics", "look", on("F3", where=_EVERYWHERE)),
    Command("go.sources", "sources", "Go to the sources and their health", "look", on("F4", where=_EVERYWHERE)),
    Command("go.rules", "rules", "Go to the rules: what each does and hits", "look", on("F5", where=_EVERYWHERE)),
    Command(
        "rule.switch", "rule-switch", "Switch a rule off, or on again", "look", {"rules": ("Space",)},
        args=(Arg("rule", "text", required=False, many=True),), footer="on/off",
    ),
    Command(
        "rule.try", "rule-try", "Try what switching a rule would change; nothing is written", "look", {"rules": ("t",)},
        args=(Arg("rule", "text", required=False, many=True),), footer="try",
    ),
    Command(
        "rule.edit", "rule-edit", "Open a rule's file in your editor", "look", {"rules": ("e",)},
        args=(Arg("rule", "text", required=False, many=True),), footer="edit",
    ),
    Command(
        "source.poll", "poll", "Poll a source now, or all", "look", {"sources": ("p",)},
        args=(Arg("source", "word", required=False),), where=_EVERYWHERE, footer="poll now",
    ),
    Command(
        "source.pause", "pause", "Pause a source, or let it go on", "look", {"sources": ("P",)},
        args=(Arg("source", "word", required=False),), footer="pause",
    ),
    Command(
        "source.test", "test", "Ask a source who we are there", "look", {"sources": ("t",)},
        args=(Arg("source", "word", required=False),), footer="test",
    ),
    Command(
        "crisis.declare", "declare", "Declare a crisis: its name, severity 1–4, the reason", "look", {"crisis": ("+",)},
        args=(Arg("name", "word", required=False), Arg("severity", "number", required=False),
              Arg("reason", "text", required=False, many=True)),
        where=_CRISIS,
    ),
    Command(
        "crisis.update", "crisis-update", "Write an update into its timeline, and promise the next one", "look",
        {"crisis": ("u",)}, args=(Arg("text", "text", required=False, many=True),), footer="update", where=_CRISIS,
    ),
    Command(
        "crisis.end", "crisis-end", "End the crisis, with a reason", "look", {"crisis": ("E",)},
        args=(Arg("reason", "text", required=False, many=True),), footer="end", where=_CRISIS,
    ),
    Command("crisis.set", "crisis-set", "Change severity, lead or approval", "look", {"crisis": ("s",)}, footer="set"),
    Command(
        "crisis.conversations", "crisis-conversations", "Show its conversations in the queue", "look",
        {"crisis": ("c",)}, footer="conversations",
    ),
    Command(
        "handover.tick", "handover-tick", "Tick an item of a handover that you have read, or take the tick off", "look",
        {"handover": ("Space",)}, footer="tick",
    ),
    Command(
        "handover.take", "handover-take", "Say I have it: read back the three that matter, and it is yours", "look",
        {"handover": ("y",)}, args=(Arg("read-back", "text", required=False, many=True),), footer="I have it",
    ),
    Command(
        "handover.words", "handover-words", "Write your words for the next shift", "look", {"handover": ("e",)},
        footer="my words",
    ),
    Command(
        "handover.sign", "handover-sign", "Sign your shift over; nothing moves before somebody takes it", "look",
        {"handover": ("s",)}, args=(Arg("member", "member", required=False),), footer="sign",
    ),
    Command(
        "handover.plan", "handover-plan", "Say what is to be done if something happens with the item", "look",
        {"handover": ("i",)}, args=(Arg("if-then", "text", required=False, many=True),), footer="if … then",
    ),
    Command(
        "handover.withdraw", "handover-withdraw", "Take back the handover that you signed and nobody took", "look",
        {"handover": ("w",)},
    ),
    Command(
        "handover.left", "handover-left", "Show what left the list since the handover before, and how", "look",
        {"handover": ("l",)},
    ),
    Command(
        "handover.news", "handover-news", "Show what happened since you were last here", "look", {"handover": ("n",)},
    ),
    Command(
        "metrics.group", "metrics-group",
        "Next table: by member, source, network, language, label, promises, all figures", "look",
        {"metrics": ("b",)}, footer="table",
    ),
    Command(
        "metrics.cohort", "metrics-cohort", "Count by when it ended, or by when they wrote", "look",
        {"metrics": ("c",)}, footer="counted by",
    ),
    Command(
        "metrics.span", "metrics-span", "Another span: day, week, month", "look", {"metrics": ("s",)}, footer="span",
    ),
)  # fmt: skip

_PROGRAM = (
    Command("app.help", "help", "All keys and commands", "program", on("?", where=_EVERYWHERE), footer="help"),
    Command("app.palette", "palette", "Find a command by typing", "program", on("Ctrl+p", where=_EVERYWHERE)),
    Command("app.line", "line", "Type a command", "program", on(":", where=_EVERYWHERE)),
    Command(
        "app.back", "go-back", "Go back; drop marks, search or filter first", "program", {"anywhere": ("q", "Esc")},
    ),
    Command(
        "app.theme", "theme", "Dark or light", "program", args=(Arg("theme", "word", required=False),),
        where=_EVERYWHERE,
    ),
    Command("app.quit", "quit", "Leave; the engine goes on", "program", on("Q", "Ctrl+q", where=_EVERYWHERE)),
)  # fmt: skip

COMMANDS: tuple[Command, ...] = (*_ANSWER, *_ACT, *_MOVE, *_FIND, *_MARK, *_LOOK, *_PROGRAM)
"""Every command, in the order in which help shows them within a group."""
