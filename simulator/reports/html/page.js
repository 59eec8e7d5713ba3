
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const PHASES = {
    "sweep": "at the end, everyone looks on every worker",
    "reload-sweep": "after a reload, everyone looks again",
  };
  const PAUSES_MS = [2600, 1700, 1100, 700, 400];
  const state = { order: "", step: 0, view: "both", code: true, memory: true, tables: false, guess: "", timer: 0 };

  /* Every text of an application goes through here, and only as text. */
  const make = (tag, settings = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (name === "text") element.textContent = value;
      else if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter(Boolean));
    return element;
  };

  const short = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);

  /* What is chosen. */
  const visible = () => data.sides.filter((_, number) => state.view === "both" || state.view === String(number));
  const here = (side) => side.orders[state.order];
  const steps = () => data.sides.map(here).filter(Boolean).map((order) => order.steps)
    .reduce((longest, each) => (each.length > longest.length ? each : longest), []);
  const isWrong = (step) => Boolean(step && (step.mark || step.codes.length));
  const wrongAt = (index) => data.sides.some((side) => here(side) && isWrong(here(side).steps[index]));
  const firstError = () => steps().findIndex((_, index) => wrongAt(index)) + 1;
  const isBroken = (order) => data.sides.some((side) => side.orders[order] && side.orders[order].steps.some(isWrong));
  const workersOf = (order) => order.split(":")[0];
  const person = (name) => data.users.findIndex((user) => user.name === name);

  /* Lanes. */
  const badge = (name) => {
    const number = person(name);
    const letter = number < 0 ? name[0].toUpperCase() : data.users[number].letter;
    return make("span", { class: `badge u${number < 0 ? 6 : number % 6}`, "aria-hidden": "true", text: letter });
  };

  const verdictOf = (side, step, index) => {
    if (isWrong(step)) return make("div", { class: "mark", text: ["✗", ...step.codes, step.mark].filter(Boolean).join(" ") });
    if (data.sides.length > 1 && wrongAt(index)) return make("div", { class: "right", text: "✓ right" });
    return null;
  };

  const card = (side, step, index) => {
    const isAhead = index >= state.step;
    const number = person(step.user);
    const kinds = ["card", `u${number < 0 ? 6 : number % 6}`, isAhead ? "ahead" : "", !isAhead && isWrong(step) ? "wrong" : ""];
    const asked = make("div", { class: "asked" }, badge(step.user), make("span", { text: step.user }), make("code", { text: short(step.request, 120) }));
    if (isAhead) return make("div", { class: kinds.join(" ").trim() }, asked);
    const isPlain = !step.status || (step.status > 199 && step.status < 300) || step.answer.startsWith(step.status);
    const status = isPlain ? "" : `${step.status} `;
    const answer = make("div", { class: "answer" }, make("code", { text: short(`${status}${step.answer}`, 240) || "(empty)" }));
    return make("div", { class: kinds.join(" ").trim() }, asked, answer, verdictOf(side, step, index));
  };

  const stepButton = (step, index) => make("button", {
    type: "button", class: "number", "aria-label": `to step ${index + 1}`,
    text: `${index + 1 === state.step ? "▶ " : ""}${step.number}`, on: { click: () => go(index + 1) },
  });

  const row = (side, order, step, index) => {
    const isNow = index + 1 === state.step;
    const line = make("tr", { class: isNow ? "now" : "", "aria-current": isNow ? "step" : null },
      make("th", { scope: "row" }, stepButton(step, index)));
    if (step.worker === null) {
      line.append(make("td", { class: "bar", colspan: order.workers, text: `${step.user}: ${step.request}` }));
      return line;
    }
    for (let worker = 1; worker <= order.workers; worker += 1) {
      line.append(make("td", { class: "lane" }, worker === step.worker ? card(side, step, index) : null));
    }
    return line;
  };

  const MOST_HELD = 5;
  const held = (pairs, before) => {
    const isChanged = ([name, value]) => {
      const known = before && before.find((pair) => pair[0] === name);
      return Boolean(before) && (!known || known[1] !== value);
    };
    const sorted = [...pairs.filter(isChanged), ...pairs.filter((pair) => !isChanged(pair))];
    const list = make("dl", { class: "held" });
    for (const pair of sorted.slice(0, MOST_HELD)) {
      list.append(make("dt", { text: pair[0] }), make("dd", { class: isChanged(pair) ? "changed" : "", text: short(pair[1], 160) }));
    }
    const left = sorted.length - MOST_HELD;
    if (left > 0) list.append(make("dt", { text: `and ${left} more, see the tables` }));
    return list;
  };

  const memory = (order) => {
    const now = order.steps[state.step - 1];
    if (!state.memory || !now || !order.steps.some((step) => Object.keys(step.memory).length)) return null;
    const before = state.step > 1 ? order.steps[state.step - 2].memory : {};
    const foot = make("tfoot");
    const line = make("tr", {}, make("th", { scope: "row", text: "memory" }));
    for (let worker = 1; worker <= order.workers; worker += 1) {
      const pairs = now.memory[worker] || [];
      line.append(make("td", {}, pairs.length ? held(pairs, before[worker]) : make("span", { class: "quiet", text: "(nothing)" })));
    }
    foot.append(line);
    if (now.memory[0]) {
      foot.append(make("tr", {}, make("th", { scope: "row", text: "outside" }),
        make("td", { colspan: order.workers }, held(now.memory[0], before[0]))));
    }
    return foot;
  };

  const lanes = (side) => {
    const order = here(side);
    if (!order) return make("p", { class: "scroll quiet", text: "This order was not run here." });
    const head = make("tr", {}, make("th", { scope: "col", class: "gutter", text: "step" }));
    for (let worker = 1; worker <= order.workers; worker += 1) head.append(make("th", { scope: "col", text: `worker ${worker}` }));
    const body = make("tbody");
    let phase = "story";
    order.steps.forEach((step, index) => {
      if (step.phase !== phase && PHASES[step.phase]) {
        body.append(make("tr", {}, make("td", { class: "phase", colspan: order.workers + 1, text: `${PHASES[step.phase]}:` })));
      }
      phase = step.phase;
      body.append(row(side, order, step, index));
    });
    if (order.steps.length < order.in_all) {
      const text = `showing the first ${order.steps.length.toLocaleString("en")} of ${order.in_all.toLocaleString("en")} steps: ${order.record} has all`;
      body.append(make("tr", {}, make("td", { class: "phase", colspan: order.workers + 1, text })));
    }
    const caption = make("caption", { class: "unseen", text: `${side.app}, order ${state.order}: a column for each worker, a row for each step` });
    const table = make("table", { class: "lanes" }, caption, make("thead", {}, head), body, memory(order));
    return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `workers of ${side.app}` }, table);
  };

  /* Code. */
  const code = (side) => {
    if (!state.code || !side.code.length) return null;
    const pane = make("div", { class: "code", tabindex: "0", role: "region", "aria-label": `code of ${side.app}` });
    for (const file of side.code) {
      const list = make("ol");
      for (const [number, text, notes, kind] of file.lines) {
        const about = notes.filter(([, orders]) => orders.includes(state.order));
        const said = (about.length ? about : notes.slice(0, 1)).map(([note]) => note);
        list.append(make("li", { class: kind }, make("span", { class: "line", text: String(number) }), make("span", { text }),
          said.length ? make("span", { class: "note", text: `← ${said.join("; ")}` }) : null));
      }
      pane.append(make("h3", { text: file.file }), list);
    }
    return pane;
  };

  const broken = (side) => `${side.failed.toLocaleString("en")} of ${side.run.toLocaleString("en")} orders break`;

  const panel = (side) => {
    const signs = { ok: "✓", problem: "✗", unknown: "?" };
    const heading = make("h2", {},
      make("span", { class: `verdict-${side.verdict}`, text: `${signs[side.verdict]} ${side.verdict}` }),
      make("span", { text: visible().length > 1 ? side.name : side.app }), make("span", { class: "quiet share", text: broken(side) }),
      make("span", { class: "codes", text: side.codes.map((name) => (visible().length > 1 ? name.split(" ")[0] : name)).join(", ") }));
    const pane = code(side);
    return make("section", { class: "side", "aria-label": side.app }, heading,
      make("div", { class: pane ? "body with-code" : "body" }, lanes(side), pane));
  };

  /* What happens, in words. */
  const sentence = (side, index) => {
    const step = here(side) && here(side).steps[index];
    if (!step) return "";
    const name = visible().length > 1 ? `${side.name}: ` : "";
    if (step.worker === null) return `${name}outside the workers.`;
    const wrong = isWrong(step) ? ` ✗ ${[...step.codes, step.mark].filter(Boolean).join(" ")}.` : "";
    const right = !wrong && data.sides.length > 1 && wrongAt(index) ? " ✓ right." : "";
    const found = here(side).findings.filter((finding) => finding.step === step.number && finding.why);
    const why = found.map((finding) => `\n${finding.why}`).join("");
    return `${name}worker ${step.worker} answers ${short(step.answer, 160) || "nothing"}.${wrong}${right}${why}`;
  };

  const caption = () => {
    const all = steps();
    if (state.step === 0) return "Nothing has happened yet. Step forward, or play.";
    const step = all[state.step - 1];
    const said = visible().map((side) => sentence(side, state.step - 1)).filter(Boolean);
    return [state.guess, `Step ${state.step} of ${all.length}. ${step.user}: ${step.request}`, ...said].filter(Boolean).join("\n");
  };

  const asking = () => {
    const side = visible().find((each) => here(each) && here(each).steps[state.step] && here(each).steps[state.step].question);
    return side ? { side, question: here(side).steps[state.step].question } : null;
  };

  const predict = () => {
    const asked = asking();
    byId("predict").hidden = !asked;
    if (!asked) return;
    const where = data.sides.length > 1 ? ` (${asked.side.name})` : "";
    byId("question").textContent = `Before step ${state.step + 1}${where}: ${asked.question.text}`;
    byId("choices").replaceChildren(...asked.question.choices.map((choice, number) => make("label", {},
      make("input", { type: "radio", name: "choice", value: number }), make("code", { text: short(choice, 80) }))));
  };

  const guess = (event) => {
    event.preventDefault();
    const asked = asking();
    const chosen = new FormData(byId("predict")).get("choice");
    if (!asked) return;
    const { choices, right } = asked.question;
    const text = chosen === null ? "" : Number(chosen) === right ? "You were right." : `Not this time: you said ${short(choices[Number(chosen)], 80)}.`;
    go(state.step + 1, text);
  };

  /* Moving. */
  /* Inside the panes only: the window stays where it is. */
  const reveal = () => {
    for (const pane of document.querySelectorAll(".scroll")) {
      const now = pane.querySelector("tr.now");
      if (!now) continue;
      const frame = pane.getBoundingClientRect();
      const line = now.getBoundingClientRect();
      const foot = pane.querySelector("tfoot") ? pane.querySelector("tfoot").offsetHeight : 0;
      if (line.top < frame.top + 30 || line.bottom > frame.bottom - foot) {
        pane.scrollTop += line.top - frame.top - (frame.height - foot) / 2 + line.height / 2;
      }
    }
  };

  const stand = (step, said = "") => {
    state.step = Math.max(0, Math.min(step, steps().length));
    state.guess = said;
    render();
    reveal();
  };
  const go = (step, said = "") => {
    stand(step, said);
    for (const now of document.querySelectorAll(".lanes tr.now .number")) now.scrollIntoView({ block: "nearest" });
  };

  const choose = (order, step) => {
    if (!data.orders.includes(order)) return;
    state.order = order;
    stand(step === undefined ? firstError() || steps().length : step);
  };

  const stop = () => { clearInterval(state.timer); state.timer = 0; };
  const play = () => {
    if (state.timer) { stop(); render(); return; }
    if (state.step >= steps().length) go(0);
    state.timer = setInterval(() => {
      go(state.step + 1);
      if (state.step >= steps().length || wrongAt(state.step - 1)) { stop(); render(); }
    }, PAUSES_MS[byId("speed").value - 1]);
    render();
  };

  const nextOrder = () => choose(data.orders[(data.orders.indexOf(state.order) + 1) % data.orders.length]);
  const nextView = () => {
    const all = ["both", ...data.sides.map((_, number) => String(number))];
    if (data.sides.length > 1) state.view = all[(all.indexOf(state.view) + 1) % all.length];
    render();
  };
  const isDark = () => {
    const said = document.documentElement.dataset.theme;
    return said ? said === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const theme = () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; render(); };
  const withWorkers = (count) => {
    const order = data.orders.find((each) => workersOf(each) === count);
    if (order) choose(order);
  };

  /* Drawing. */
  const named = () => [...byId("sides").querySelectorAll("[aria-label]")];
  const nameOf = (element) => element.getAttribute("aria-label");

  /* The panels are made anew; where they were scrolled to, and what had the focus, stays. */
  const redraw = () => {
    const scrolled = new Map(named().map((each) => [nameOf(each), [each.scrollTop, each.scrollLeft]]));
    const focused = byId("sides").contains(document.activeElement) ? nameOf(document.activeElement) : null;
    byId("sides").replaceChildren(...visible().map(panel));
    for (const each of named()) {
      if (nameOf(each) === focused) each.focus({ preventScroll: true });
      const guilty = each.querySelector(":scope > ol .guilty, :scope > ol .named");
      if (scrolled.has(nameOf(each))) [each.scrollTop, each.scrollLeft] = scrolled.get(nameOf(each));
      else if (guilty) each.scrollTop = guilty.offsetTop - each.offsetTop - 40;
    }
  };

  const render = () => {
    const all = steps();
    const order = byId("order");
    order.value = state.order;
    const left = data.orders.length < data.orders_in_all ? ` (showing ${data.orders.length} of ${data.orders_in_all})` : "";
    byId("covered").textContent = data.sides.length > 1 ? left.trim() : data.sides[0].claim + left;
    byId("sides").className = visible().length > 1 ? "sides two" : "sides";
    redraw();
    byId("caption").textContent = caption();
    predict();
    byId("at").textContent = `step ${state.step} of ${all.length}`;
    byId("slider").max = all.length;
    byId("slider").value = state.step;
    byId("first").disabled = byId("back").disabled = state.step === 0;
    byId("next").disabled = state.step >= all.length;
    byId("error").disabled = !firstError();
    byId("play").textContent = state.timer ? "❚❚ pause" : "▶▶ play";
    byId("play").setAttribute("aria-pressed", String(Boolean(state.timer)));
    byId("theme").textContent = isDark() ? "light" : "dark";
    for (const button of byId("workers").children) button.setAttribute("aria-pressed", String(button.value === workersOf(state.order)));
    for (const button of byId("views").children) button.setAttribute("aria-pressed", String(button.value === state.view));
    byId("plain").hidden = !state.tables;
    byId("plainly").setAttribute("aria-pressed", String(state.tables));
    address();
  };

  const address = () => {
    const view = state.view === "both" ? "" : `&view=${state.view}`;
    const wanted = `#order=${state.order}&step=${state.step}${view}`;
    if (location.hash !== wanted) history.replaceState(null, "", wanted);
  };

  const arrive = () => {
    const wanted = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
    const view = wanted.get("view");
    if (view !== null && data.sides[Number(view)]) state.view = view;
    const order = wanted.get("order");
    const step = Number.parseInt(wanted.get("step"), 10);
    if (order === state.order && step === state.step) return;
    choose(data.orders.includes(order) ? order : data.orders[0], Number.isNaN(step) ? undefined : step);
  };

  const KEYS = {
    "ArrowRight": () => go(state.step + 1), " ": () => go(state.step + 1), "ArrowLeft": () => go(state.step - 1),
    "p": play, "e": () => go(firstError() || state.step), "o": nextOrder, "b": nextView, "d": theme,
    "c": () => { state.code = !state.code; render(); }, "m": () => { state.memory = !state.memory; render(); },
    "t": () => { state.tables = !state.tables; render(); }, "?": () => byId("keys").showModal(),
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    const target = event.target.closest("input, select, textarea, button");
    const takesArrows = target && target.matches("input, select");
    if (takesArrows || (event.key === " " && target)) return;
    const act = KEYS[event.key] || (/^[1-9]$/.test(event.key) ? () => withWorkers(event.key) : null);
    if (!act) return;
    event.preventDefault();
    if (state.timer && event.key !== "p") stop();
    act();
  };

  const toggle = (value, text, act) => make("button", { type: "button", value, text, "aria-pressed": "false", on: { click: act } });

  const begin = () => {
    byId("heading").textContent = data.sides.length > 1 ? "side by side" : data.sides[0].title;
    byId("order").replaceChildren(...data.orders.map((order) => make("option", { value: order, text: `${order} ${isBroken(order) ? "✗" : "✓"}` })));
    byId("people").replaceChildren(...data.users.map((user) => make("li", {}, badge(user.name), make("span", { text: user.name }))));
    const counts = [...new Set(data.orders.map(workersOf))].sort();
    byId("workers").replaceChildren(...(counts.length > 1
      ? counts.map((count) => toggle(count, `${count} worker${count === "1" ? "" : "s"}`, () => withWorkers(count))) : []));
    byId("views").replaceChildren(...(data.sides.length > 1
      ? ["both", ...data.sides.keys()].map((view) => toggle(String(view), view === "both" ? "both" : data.sides[view].name,
        () => { state.view = String(view); render(); })) : []));
    const clicks = {
      first: () => go(0), back: () => go(state.step - 1), next: () => go(state.step + 1), play, theme, error: KEYS.e,
      plainly: KEYS.t, help: KEYS["?"],
    };
    for (const [id, act] of Object.entries(clicks)) {
      byId(id).addEventListener("click", () => { if (state.timer && id !== "play") stop(); act(); });
    }
    byId("order").addEventListener("change", () => choose(byId("order").value));
    byId("slider").addEventListener("input", () => go(Number(byId("slider").value)));
    byId("predict").addEventListener("submit", guess);
    document.addEventListener("keydown", onKey);
    addEventListener("hashchange", arrive);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
    byId("plain").classList.add("below");
    byId("app").hidden = false;
    arrive();
  };

  /* A result without any order to show (all unknown) is told by the tables alone. */
  if (data.orders.length) begin();
})();
