// One game: `root` is an element to fill, `data` what tree.py wrote, with the source and, for a level, what is asked.
// `done(preemptions)` is called when the level is passed.
const goqueuePlay = (root, data, done = () => {}) => {
  const make = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
  const said = number => data.words[number], level = { options: [], ...data.level }, prefix = root.id || "game";
  let plan = 0, moves = [], killed = false, history = [], answered = "";

  // -- where the game stands ------------------------------------------------------------------------------------
  const usual = node => {  // whom the engine lets go on, if a schedule names nobody
    const able = node[0].flatMap((one, number) => one[1] === 0 ? [number] : []);
    return able.includes(node[1]) ? node[1] : able[0];
  };
  const walk = () => {
    const [text, first, beginning] = data.plans[plan];
    const at = { node: data.nodes[first], steps: [], presses: [beginning], choices: [], preemptions: 0, text };
    for (const thread of moves) {
      const [, next, press] = at.node[6].find(kid => kid[0] === thread);
      const other = thread !== usual(at.node), cost = other && !at.node[3];
      if (other) at.choices.push(at.node[4] + "." + thread);
      at.preemptions += cost;
      at.steps.push({ who: said(at.node[0][thread][0]), press, cost, before: said(at.node[0][at.node[1]][0]) });
      at.presses.push(press);
      at.node = data.nodes[next];
      const stands = at.node[0] === "end" ? null : at.node[0][thread];
      at.steps.at(-1).to = !stands || stands[1] === 2 ? "ends" : stands[2] ? "comes to line " + line(stands[2]) : "goes on";
    }
    if (killed) {
      const [next, press, crash] = at.node[8];
      at.steps.push({ who: "The process is killed", press, cost: false });
      at.presses.push(press); at.text += crash; at.node = data.nodes[next];
    }
    at.end = at.node[0] === "end" ? at.node[1] : null;
    at.state = data.presses[at.presses.at(-1)][1];
    return at;
  };
  const schedule = at => {  // as replay() takes it: the checksum covers what threads did to each other, in order
    const bytes = new TextEncoder(), shared = at.end[3];
    let sum = 0;
    for (const press of at.presses) for (const [thread, what, group] of data.presses[press][2]) {
      if (said(group) !== "" && !shared.includes(group)) continue;
      sum = ~sum;
      for (const byte of bytes.encode(thread + " " + said(what))) {
        sum ^= byte;
        for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xEDB88320 : 0);
      }
      sum = ~sum;
    }
    return at.text + [...at.choices, ((sum >>> 0) & 0xFFFFFF).toString(16).padStart(6, "0")].join("-");
  };

  // -- moves ----------------------------------------------------------------------------------------------------
  const save = () => history.push([plan, [...moves], killed]);
  const back = saved => { [plan, moves, killed] = saved; };
  const press = thread => {
    const at = walk(), one = at.end ? null : at.node[0][thread];
    if (at.end) return tell("The run is over. Undo takes the last press back, Reset begins anew.");
    if (!one) return;
    if (one[1] !== 0) return tell(said(one[0]) + (one[1] === 2 ? " has ended." : " cannot be pressed: it " + said(one[3]) + "."));
    if (!at.node[6].some(kid => kid[0] === thread))
      return tell("This page ends here: " + held() + " Press another thread, or Undo.");
    save(); moves.push(thread); show(true);
  };
  const interrupt = () => {
    const at = walk();
    if (at.end || !at.node[7]) return tell("Ctrl-C cannot come now.");
    save(); plan = at.node[7][0]; if (at.node[7][1]) moves.push(0);
    show(true);
  };
  const kill = () => {
    const at = walk();
    if (at.end || !at.node[8]) return tell("The process cannot be killed now.");
    save(); killed = true; show(true);
  };
  const undo = () => { if (!history.length) return tell("This is the beginning."); back(history.pop()); show(true); };
  const reset = () => { history = []; shown = false; back([0, [], false]); show(); tell("At the beginning. " + able(walk())); };
  const goOn = () => { const at = walk(); if (at.end) return press(0); press(at.node[2]); };
  const search = () => {  // the failing run with the fewest preemptions, in this page's tree
    let best = null;
    const visit = (kind, node, so_far, cost) => {
      if (best && cost >= best.cost) return;
      if (node[0] === "end") { if (node[1][2]) best = { plan: kind, moves: so_far, killed: false, cost }; return; }
      if (node[8] && data.nodes[node[8][0]][1][2]) { best = { plan: kind, moves: so_far, killed: true, cost }; }
      const first = usual(node), kids = [...node[6]].sort((a, b) => (b[0] === first) - (a[0] === first));
      for (const [thread, next] of kids) visit(kind, data.nodes[next], [...so_far, thread], cost + (thread !== first && !node[3]));
    };
    data.plans.forEach(([, first], kind) => visit(kind, data.nodes[first], [], 0));
    return best;
  };
  const showOne = () => {
    const found = search();
    if (!found) return tell("No run on this page fails. " + claim());
    history = [];
    plan = found.plan; moves = []; killed = false;
    for (const thread of found.moves) { save(); moves.push(thread); }
    if (found.killed) { save(); killed = true; }
    shown = true; show(true);
  };
  const held = () => data.cut ? "it holds only " + data.runs + " of the orders." :
    "it holds only the orders with at most " + data.bound + " preemption" + (data.bound === 1 ? "." : "s.");
  const claim = () => data.whole ? "This page holds every order of its steps."
    : "But the page cannot tell for all orders: " + held();
  const isThere = () => tell(data.answer || (search() ? "Yes: an order on this page fails." : "No run on this page fails. " + claim()));
  let shown = false;

  // -- what is seen ---------------------------------------------------------------------------------------------
  root.classList.add("goqueue-play");
  root.replaceChildren();
  const live = make("p", "", { className: "said" }); live.setAttribute("aria-live", "polite"); live.setAttribute("role", "status");
  const buttons = make("div", "", { className: "threads" }), tools = make("div", "", { className: "tools" });
  const code = make("pre", "", { className: "code" }), state = make("div", "", { className: "state" });
  code.tabIndex = 0; code.setAttribute("role", "region"); code.setAttribute("aria-label", "The program, and which thread is at which line");
  const log = make("ol", "", { className: "log", tabIndex: 0 }), result = make("div", "", { className: "result" });
  log.setAttribute("aria-label", "What was played so far");
  const tell = text => { live.textContent = live.textContent === text ? text + " " : text; };
  const able = at => at.end ? "" : "You can press: " + at.node[0].filter(one => one[1] === 0).map(one => said(one[0])).join(", ") + ".";
  const names = () => data.nodes[data.plans[0][1]][0].map(one => said(one[0]));
  const taken = { u: 1, r: 1, f: 1, q: 1 }, letters = {};
  const letter = (name, number) => {
    if (!(name in letters)) {
      const free = [...name.toLowerCase()].find(one => /[a-z]/.test(one) && !(one in taken));
      letters[name] = free || String(number); taken[letters[name]] = 1;
    }
    return letters[name];
  };
  const tool = (text, key, act) => {
    const button = make("button", text + " ", { type: "button", onclick: act });
    button.append(make("kbd", key)); button.setAttribute("aria-keyshortcuts", key);
    tools.append(button);
    return button;
  };
  const acts = { u: undo, r: reset, f: showOne, q: isThere, c: interrupt, k: kill, ArrowLeft: undo, ArrowRight: goOn };
  tool("Undo", "u", undo); tool("Reset", "r", reset);
  const ctrlC = data.plans.length > 1 ? tool("Ctrl-C", "c", interrupt) : null;
  const killer = data.nodes.some(node => node[8]) ? tool("Kill the process", "k", kill) : null;
  if (ctrlC) taken.c = 1; else delete acts.c;
  if (killer) taken.k = 1; else delete acts.k;
  if (!level.hides) { tool("Is there one?", "q", isThere); tool("Show me one that fails", "f", showOne); }
  else { delete acts.q; delete acts.f; }

  const show = (speak = false) => {
    const at = walk(), threads = at.end ? null : at.node[0];
    const focused = buttons.contains(document.activeElement) ? [...buttons.children].indexOf(document.activeElement) : -1;
    const list = threads || names().map(name => [0, 2, 0, 0, name]);
    buttons.replaceChildren(...list.map((one, number) => {
      const name = one[4] || said(one[0]), key = letter(name, number), ready = threads && one[1] === 0;
      const button = make("button", "", { type: "button", onclick: () => press(number) });
      const what = !threads ? "the run is over" : one[1] === 2 ? "has ended" : one[1] === 1 ? said(one[3])
        : (said(one[3]) || "goes on") + (one[2] ? ", line " + line(one[2]) : "");
      button.append(make("kbd", key), make("b", " " + name + " "), make("span", what));
      button.setAttribute("aria-disabled", String(!ready)); button.setAttribute("aria-keyshortcuts", key);
      button.className = ready ? "ready" : "still";
      return button;
    }));
    if (focused >= 0 && buttons.children[focused]) buttons.children[focused].focus();
    if (ctrlC) ctrlC.setAttribute("aria-disabled", String(!!at.end || !at.node[7]));
    if (killer) killer.setAttribute("aria-disabled", String(!!at.end || !at.node[8]));
    code.replaceChildren(...data.source.map((text, index) => {
      const here = (threads || []).filter(one => one[2] === data.first + index && one[1] !== 2);
      const row = make("span", "", { className: here.length ? "row here" : "row" });
      const marks = here.map(one => letter(said(one[0])).toUpperCase() + (one[1] ? "…" : "")).join(" ");
      row.append(make("span", String(index + 1).padStart(2) + " ", { className: "number" }),
        make("span", marks.padEnd(4), { className: "mark" }), text + "\n");
      return row;
    }));
    const before = at.presses.length > 1 ? Object.fromEntries(data.presses[at.presses.at(-2)][1]) : {};
    state.replaceChildren(make("b", "Shared: "), ...(at.state.length ? at.state.map(([name, value]) =>
      make(at.presses.length > 1 && before[name] !== value ? "mark" : "span", said(name) + " = " + said(value))) : [make("span", "nothing touched yet")]));
    const clock = !at.end && at.node[5] ? "; the clock stands at " + at.node[5] + " s" : "";
    state.append(make("span", at.preemptions + " preemption" + (at.preemptions === 1 ? "" : "s") + clock, { className: "count" }));
    log.replaceChildren(...at.steps.map(words).map(text => make("li", text)));
    log.scrollTop = log.scrollHeight;
    result.replaceChildren();
    const more = at.end ? finish(at) : able(at);
    if (speak) tell([at.steps.length ? words(at.steps.at(-1)) : "At the beginning", ...(at.end ? [ended(at)] : []), more].join(". "));
  };
  const line = number => number - data.first + 1;
  const words = step => {
    const what = data.presses[step.press][0].map(said).join(", ") || step.to || "";
    return (step.cost ? step.before + " is preempted: " : "") + step.who + (step.to ? " " : "; ") + what;
  };
  const ended = at => at.end[2] ? said(at.end[0]) + ": " + said(at.end[1]).split("\n")[0] : "The run ended well";
  const finish = at => {
    const text = schedule(at);
    result.append(make("h3", at.end[2] ? "It failed: " + said(at.end[0]) : "It ended well"));
    if (said(at.end[1])) result.append(make("pre", said(at.end[1])));
    const more = ["fail", "deadlock", "reach"].includes(level.kind) ? judge(at) : [];
    const again = make("p", "The same run in Python: ");
    again.append(make("code", "replay(" + (data.name || "model") + ', "' + text + '")'));
    result.append(data.call && level.passed ? kept('"' + text + '"') : again);
    if (data.id && !data.call) {
      const link = "#" + [data.id, plan, moves.join("."), ...(killed ? ["k"] : [])].join("~");
      result.append(make("a", "A link to this run", { href: link }));
    }
    result.append(...more.map((text, index) => coded(make("p", "", { className: index ? "" : level.passed }), text)));
    return more.join(" ");
  };
  const judge = at => {  // in sentences
    level.passed = "";
    if (said(at.end[0]) !== level.verdict)
      return [at.end[2] ? "This fails too, but a " + level.verdict + " is asked for." : "Not yet: another order fails. Undo, or Reset."];
    if (shown) return ["This one was played for you. Reset, and do it yourself."];
    level.passed = "done";
    done(at.preemptions);
    const cost = at.preemptions + (at.preemptions === 1 ? " preemption" : " preemptions");
    return ["Done, with " + cost + ". " + (at.preemptions <= level.par ? "Nobody can do it with fewer." : "It can be done with " + level.par + "."), level.done];
  };
  const kept = done => {  // what a page cannot do: write into the learner's record
    const line = make("p", "To keep it in your record, run: ");
    line.append(make("code", 'level("' + data.call + '", ' + done + ")"));
    return line;
  };
  const coded = (element, text) => {  // what stands between backticks is code
    text.split("`").forEach((part, index) => element.append(index % 2 ? make("code", part) : part));
    return element;
  };

  // -- a question -------------------------------------------------------------------------------------------------
  const question = make("fieldset", "", { className: "question" });
  level.options.forEach((option, index) => {
    const label = make("label"), text = option.code ? make("code", option.code) : make("span", option.text);
    const radio = make("input", "", { type: "radio", name: prefix + "-answer", onchange: () => { answered = index; } });
    label.append(radio, " ", text);
    question.append(label);
  });
  if (level.options.length) {
    const verdict = make("p");
    verdict.setAttribute("aria-live", "polite");
    const answer = () => {
      if (answered === "") return verdict.replaceChildren("Choose one of them first.");
      const option = level.options[answered];
      verdict.replaceChildren();
      coded(verdict, (option.right ? "Right. " : "No. ") + option.why + (option.right ? " " + level.done : ""));
      verdict.className = option.right ? "done" : "";
      if (option.right) done(0);
      if (option.right && data.call) verdict.append(kept(answered + 1));
    };
    question.prepend(make("legend", level.question));
    question.append(make("button", "Try every order", { type: "button", onclick: answer }), verdict);
  }

  root.onkeydown = event => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "INPUT") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, at = walk();
    const list = at.end ? names() : at.node[0].map(one => said(one[0])), thread = list.findIndex((name, n) => letter(name, n) === key);
    if (thread < 0 && !(key in acts)) return;
    event.preventDefault(); event.stopPropagation();
    thread < 0 ? acts[key]() : press(thread);
  };
  const help = make("p", "Keys: the letter of a thread, → lets the usual one go on, ← or u takes back, r begins anew.", { className: "keys" });
  root.tabIndex = 0; root.setAttribute("role", "group"); root.setAttribute("aria-label", data.title + ": a press lets one thread do its next step");
  root.append(code, buttons, live, state, tools, result, ...(level.options.length ? [question] : []), log, help);
  const follow = ([first, threads, kills]) => {  // a run that somebody else has played, as far as it is here
    if (first < data.plans.length) plan = first;
    for (const thread of threads) {
      const at = walk();
      if (at.end || !at.node[6].some(kid => kid[0] === thread)) break;
      save(); moves.push(thread);
    }
    const at = walk();
    if (kills && !at.end && at.node[8]) { save(); killed = true; }
    shown = !!walk().end;
  };
  if (data.start) follow(data.start);
  show();
  return { coded, press, undo, reset, schedule: () => { const at = walk(); return at.end ? schedule(at) : ""; } };
};
