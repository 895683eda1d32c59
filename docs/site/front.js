// The first page: one level. That it is passed is kept where the page of all levels keeps it, and a link to a run of it,
// index.html#lost_sale~0~1.2.2.1, leads to that page, which plays it.
const goqueueFront = level => {
  if (location.hash.includes("~")) location.replace("levels.html" + location.hash);
  const game = document.getElementById("game"), next = document.getElementById("next");
  const done = preemptions => {
    next.hidden = false;
    try {
      const passed = JSON.parse(localStorage.getItem("goqueue-levels")) || {};
      passed[level.id] = Math.min(preemptions, passed[level.id] ?? preemptions);
      localStorage.setItem("goqueue-levels", JSON.stringify(passed));
    } catch { /* kept nowhere */ }
  };
  goqueuePlay(game, level, done);
  game.querySelector(".tools").before(game.querySelector(".result"), next);  // in sight on a telephone
};
