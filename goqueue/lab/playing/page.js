// The page of levels: a list, one level at a time by its address (#lost_sale, or a run in it: #lost_sale~0~1.2.2.1),
// and what has been passed.
const goqueueLevels = (levels, first) => {
  const make = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
  const main = document.getElementById("level"), list = document.getElementById("levels");
  const KINDS = { fail: "Make it fail", deadlock: "Find the deadlock", reach: "Reach this state",
    predict: "Can it fail?", mend: "Mend it" };
  let passed = {};
  try { passed = JSON.parse(localStorage.getItem("goqueue-levels")) || {}; } catch { /* kept nowhere */ }
  const keep = (id, preemptions) => {
    passed[id] = Math.min(preemptions, passed[id] ?? preemptions);
    try { localStorage.setItem("goqueue-levels", JSON.stringify(passed)); } catch { /* kept nowhere */ }
  };
  const address = () => location.hash.slice(1).split("~");  // a level and, in a link to a run, its plan, presses and "k"
  const number = () => {
    const at = levels.findIndex(one => one.id === address()[0]);
    return at < 0 ? first : at;
  };
  const start = () => {
    const [, plan, moves, kills] = address();
    return plan === undefined ? null : [Number(plan) || 0, (moves || "").split(".").filter(Boolean).map(Number), kills === "k"];
  };
  const fill = () => {
    list.replaceChildren(...levels.map((one, index) => {
      const item = make("li"), link = make("a", one.title, { href: "#" + one.id });
      if (index === number()) item.setAttribute("aria-current", "true");
      item.append(link, make("span", " – " + KINDS[one.level.kind] + (one.id in passed ? " ✓ passed" : "")));
      return item;
    }));
    document.querySelector("#list summary").textContent = "All levels: " + Object.keys(passed).length + " of " + levels.length + " passed";
  };
  const show = focused => {
    const at = number(), one = levels[at], game = make("div", "", { id: "game-" + one.id });
    const heading = make("h2", (at + 1) + ". " + one.title);
    const par = ["fail", "deadlock", "reach"].includes(one.level.kind)
      ? " The fewest preemptions: " + one.level.par + "." : "";
    const turn = make("p", "", { className: "turn" });
    if (at) turn.append(make("a", "← Level " + at, { href: "#" + levels[at - 1].id }));
    if (at + 1 < levels.length) turn.append(make("a", "Level " + (at + 2) + " →", { href: "#" + levels[at + 1].id }));
    const task = make("p");
    const about = make("p", "", { className: "about" });
    main.replaceChildren(heading, task, about, game, turn);
    const { coded } = goqueuePlay(game, { ...one, start: start() }, preemptions => { keep(one.id, preemptions); fill(); });
    game.querySelector(".tools").before(game.querySelector(".result"));  // in sight on a telephone
    task.append(make("b", KINDS[one.level.kind] + ": "));
    coded(task, one.level.task + par); coded(about, one.level.about);
    fill();
    document.getElementById("list").open = false;
    if (focused) { scrollTo(0, 0); game.focus({ preventScroll: true }); }
  };
  addEventListener("hashchange", () => show(true));
  show(false);
};
