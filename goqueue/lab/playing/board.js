// All levels in one output of a notebook: `root` is an element to fill; it holds the list as a table, which is folded away.
const goqueueBoard = (root, { levels, passed, kinds }) => {
  const make = (tag, text = "", more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });
  const done = new Set(passed), list = make("details"), choice = make("select"), label = make("label", "Level: ");
  const game = make("div"), head = make("p"), about = make("p"), marks = make("p");
  const name = at => (at + 1) + ". " + levels[at].title + " – " + kinds[levels[at].level.kind] + (done.has(levels[at].id) ? " ✓" : "");
  const names = () => {
    [...choice.options].forEach((option, at) => { option.textContent = name(at); });
    marks.textContent = done.size + " of " + levels.length + " levels passed";
  };
  const show = () => {
    const one = levels[choice.selectedIndex], fresh = make("div");
    head.replaceChildren(make("b", one.title + (one.title.endsWith("?") ? " " : ". "))); about.replaceChildren();
    game.replaceChildren(fresh);
    const { coded } = goqueuePlay(fresh, { ...one, call: one.id }, () => { done.add(one.id); names(); });
    coded(head, one.level.task + (one.level.options.length ? "" : " The fewest preemptions: " + one.level.par + "."));
    coded(about, one.level.about);
  };
  const turn = (text, by) => make("button", text, { type: "button", onclick: () => {
    choice.selectedIndex = Math.min(levels.length - 1, Math.max(0, choice.selectedIndex + by)); show();
  } });
  root.dataset.made = "yes"; root.className += " goqueue-board";
  list.append(make("summary", "All levels as a table"), ...root.childNodes);
  choice.append(...levels.map((_, at) => make("option", name(at))));
  choice.selectedIndex = Math.max(0, levels.findIndex(one => !done.has(one.id)));
  choice.onchange = show;
  marks.setAttribute("role", "status"); about.style.fontStyle = "italic";
  label.append(choice);
  const bar = make("div"); bar.append(label, turn("← Before", -1), turn("Next →", 1));
  bar.className = "bar";
  root.replaceChildren(marks, bar, head, about, game, list);
  names(); show();
};
