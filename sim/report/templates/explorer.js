"use strict";
// The page of a sweep: controls, address, measure table. All texts come with the data; all are written as text.
(function () {
  var data = JSON.parse(document.getElementById("explorer-data").textContent), model = window.sweepModel(data);
  var state = { at: [], between: false, pin: null, measure: data.by };
  var words = window.sweepWords(data, model, state), T = data.texts, is = model.is, fill = model.fill;
  var byId = words.byId, make = words.make, empty = words.empty, labelOf = words.labelOf, plan = words.plan, cost = words.cost;
  var value = words.value, reference = words.reference, heads = words.heads;
  var factors = data.factors, measures = data.measures, zh = /^zh/.test(document.documentElement.lang);
  var start = first(data.as_it_is, data.cheapest, data.best);
  var charts = window.sweepCharts(data, model, state, words, goButton, go);
  window.explorer = { data: data, model: model, state: state, render: render };

  function first() { for (var i = 0; i < arguments.length; i++) { if (arguments[i] !== null) { return arguments[i]; } } return 0; }

  // ---- table
  function drawTable(where) {
    var table = byId("table"), base = reference() === where.point ? null : reference(), told = where.point === undefined;
    var head = [T.measure, told ? T.value_interpolated : T.value, fill(T.ci, { confidence: data.confidence })];
    if (base !== null) { head.push(fill(T.against, { other: words.referenceName() }), fill(T.ci_paired, { confidence: data.confidence })); }
    if (data.judged) { head.push(T.target, T.verdict); }
    heads(table, head);
    empty(table.tBodies[0]);
    empty(table.tBodies[1]);
    measures.forEach(function (measure, m) {
      var body = table.tBodies[m < data.main ? 0 : 1];
      var found = model.read(m, where), row = make("tr"), name = make("th", measure.label);
      name.scope = "row";
      if (measure.unit) { name.append(" ", make("span", measure.unit, "unit")); }
      row.appendChild(name);
      function add(text, k, kind) { var cell = make("td", text, kind); cell.dataset.label = head[k]; row.appendChild(cell); }
      add(model.cell(m, found.mean, found.half), 1, told ? "value guess" : "value");
      add(model.interval(m, found.mean, found.half, false, T), 2);
      if (base !== null) {
        var apart = model.difference(m, where, model.pointPlace(base));
        add(apart.same ? "" : model.cell(m, apart.mean, apart.half, true), 3);
        add(apart.same ? "" : model.interval(m, apart.mean, apart.half, true, T), 4);
      }
      if (data.judged) {
        add(measure.target, head.length - 2);
        row.appendChild(words.verdictCell(found.verdict, found.interpolated));
      }
      body.appendChild(row);
    });
  }
  function drawNear(where) {
    var card = byId("near"), list = empty(card.querySelector("ul"));
    card.hidden = where.point !== undefined;
    if (card.hidden) { return; }
    card.querySelector("h3").textContent = T.nearest;
    model.nearest(state.at, 4).forEach(function (p) {
      var item = make("li"), line = plan(p), m = data.by;
      if (is(data.mean[m][p])) {
        line = fill(T.plan_value, { plan: line, measure: measures[m].small, value: value(m, model.read(m, model.pointPlace(p))) });
      }
      item.append(goButton(p), " ", line);
      list.appendChild(item);
    });
  }
  function goButton(p) {
    var button = make("button", T.show, "go");
    button.type = "button";
    button.setAttribute("aria-label", fill(T.show_plan, { plan: plan(p) }));
    button.addEventListener("click", function () { go(p); });
    return button;
  }

  // ---- controls
  function stopsOf(i) {
    var f = factors[i];
    return state.between && f.fine ? [f.fine, f.fine_labels] : [f.stops, f.labels];
  }
  function closest(list, x) {
    if (x === null) { return Math.max(0, list.indexOf(null)); }
    var best = 0;
    list.forEach(function (v, k) { if (v !== null && (list[best] === null || Math.abs(v - x) < Math.abs(list[best] - x))) { best = k; } });
    return best;
  }
  function drawControls() {
    factors.forEach(function (f, i) {
      var box = document.querySelector('.control[data-factor="' + i + '"]'), lists = stopsOf(i), label = labelOf(i, state.at[i]);
      if (f.choice) {
        var n = f.stops.indexOf(state.at[i]), select = box.querySelector("select");
        if (select) { select.selectedIndex = n; }
        box.querySelectorAll("input").forEach(function (radio, k) { radio.checked = k === n; });
        return;
      }
      var slider = box.querySelector("input"), ticks = empty(box.querySelector("datalist"));
      slider.max = lists[0].length - 1;
      slider.value = closest(lists[0], state.at[i]);
      slider.setAttribute("aria-valuetext", label);
      box.querySelector("output").textContent = label;
      if (model.levels[i].length <= 40) {
        lists[0].forEach(function (x, k) {
          if (x === null || model.levels[i].indexOf(x) >= 0) { var tick = make("option"); tick.value = k; ticks.appendChild(tick); }
        });
      }
    });
    var box = byId("between");
    if (box) { box.checked = state.between; }
    var pin = byId("pin"), own = model.place(state.at).point;
    pin.setAttribute("aria-pressed", state.pin !== null ? "true" : "false");
    pin.textContent = state.pin !== null ? T.unpin : T.pin;
    pin.disabled = state.pin === null && own === undefined;
    byId("measure").value = String(state.measure);
    if (byId("cheaper")) { byId("cheaper").disabled = nextCheaper() === null; }
  }
  function nextCheaper() {
    var where = model.place(state.at), own = model.read(data.cost, where).mean;
    if (!is(own)) { return null; }
    var m = state.measure === data.cost ? data.by : state.measure;
    var found = model.frontier(m).filter(function (p) { return data.mean[data.cost][p] < own && p !== where.point; });
    return found.length ? found[found.length - 1] : null;
  }
  function go(p) { state.at = data.coordinates[p].slice(); answer(""); render(); }
  function answer(text) { byId("answer").textContent = text; }
  function cheapest() {
    if (data.cheapest !== null) {
      go(data.cheapest);
      var met = 0;
      for (var p = 0; p < model.count; p++) { met += model.verdictOf(model.pointPlace(p)) === model.MET ? 1 : 0; }
      return answer(fill(met === 1 ? T.cheapest_only : T.cheapest_shown, { n: model.number(met, 0), plan: plan(data.cheapest), cost: cost(data.cheapest) }));
    }
    var may = model.cheapestMay();
    if (may !== null) {
      go(may);
      return answer(fill(T.cheapest_open, { plan: plan(may), cost: cost(may) }));
    }
    var least = model.leastMissed();
    go(least.point);
    answer(fill(least.missed === 1 ? T.cheapest_none_one : T.cheapest_none, { n: least.missed, plan: plan(least.point), cost: cost(least.point) }));
  }
  function changed(event) {
    var box = event.target.closest(".control");
    if (!box) { return; }
    var i = Number(box.dataset.factor), lists = stopsOf(i), x = factors[i].choice ? factors[i].stops[Number(event.target.value)] : lists[0][Number(event.target.value)];
    if (x === undefined || x === state.at[i]) { return; }
    state.at[i] = x;
    answer("");
    render();
  }

  // ---- address
  function written() {
    var pieces = state.at.map(function (x, i) {
      return encodeURIComponent(factors[i].name) + "=" + encodeURIComponent(x === null ? "" : factors[i].choice ? labelOf(i, x) : String(x));
    });
    if (state.between) { pieces.push("~between=1"); }
    if (state.pin !== null) { pieces.push("~pin=" + state.pin); }
    if (state.measure !== data.by) { pieces.push("~measure=" + encodeURIComponent(measures[state.measure].key)); }
    return "#" + pieces.join("&");
  }
  function understood(text) {
    text.replace(/^#/, "").split("&").forEach(function (piece) {
      var cut = piece.indexOf("="), name, said;
      try { name = decodeURIComponent(piece.slice(0, cut)); said = decodeURIComponent(piece.slice(cut + 1)); } catch (wrong) { return; }
      if (cut < 1) { return; }
      if (name === "~between") { state.between = data.between === "linear" && said === "1"; return; }
      if (name === "~pin") { var p = Number(said); state.pin = said !== "" && Number.isInteger(p) && p >= 0 && p < model.count ? p : state.pin; return; }
      if (name === "~measure") { measures.forEach(function (m, k) { if (m.key === said) { state.measure = k; } }); return; }
      factors.forEach(function (f, i) {
        if (f.name !== name) { return; }
        if (f.choice || said === "") {
          var k = said === "" ? f.stops.indexOf(null) : f.labels.indexOf(said);
          if (k >= 0) { state.at[i] = f.stops[k]; }
          return;
        }
        var x = Number(said);
        if (!isFinite(x)) { return; }
        if (f.stops.indexOf(x) >= 0 || (data.between && x >= f.low && x <= f.high)) { state.at[i] = x; }
      });
    });
    if (data.between === "linear" && model.place(state.at).point === undefined && !model.place(state.at).none) { state.between = true; }
  }
  function restart() {
    state.at = data.coordinates[start].slice();
    state.between = false;
    state.pin = null;
    state.measure = data.by;
  }

  // ---- all of it
  var pending = 0, told = 0;
  function render() {
    drawControls();
    var where = model.place(state.at), said = words.headline(where);
    byId("headline").textContent = said;
    document.querySelector(".results").classList.toggle("guessing", where.point === undefined);
    var more = words.lede(where), box = empty(byId("lede"));
    byId("setting").textContent = words.setting(state.at);
    more = more.map(function (text) { return text.replace(/([+\u2212])(?=[^\d\s])/g, "$1\u2060"); });  // no break after a sign
    more.forEach(function (text, k) {
      if (k && !zh) { box.append(" "); }
      box.appendChild(make("span", text, text === T.growing || text === T.nothing_shown ? "warn" : ""));
    });
    window.clearTimeout(told);
    told = window.setTimeout(function () { byId("live").textContent = [said, words.setting(state.at), more.join(" ")].join(" \u2013 "); }, 500);
    drawTable(where);
    drawNear(where);
    if (written() !== location.hash) { try { history.replaceState(null, "", written()); } catch (wrong) { /* a page without an address */ } }
    if (!pending) { pending = window.requestAnimationFrame(drawCharts); }
  }
  function drawCharts() {
    pending = 0;
    var where = model.place(state.at);
    charts.cost(where);
    charts.effects();
    charts.stages(where);
  }
  function csv() {
    function cell(x) {
      if (x === null || x === undefined) { return ""; }
      if (typeof x === "number") { return String(x); }
      x = /^[=+\-@\t\r]/.test(x) ? "'" + x : x;
      return /[",\n\r]/.test(x) ? '"' + x.replace(/"/g, '""') + '"' : x;
    }
    var head = ["point"].concat(factors.map(function (f) { return f.name; })), lines = [];
    measures.forEach(function (m) { head.push(m.key, m.key + " half_width", m.key + " verdict"); });
    for (var p = 0; p < model.count; p++) {
      var row = [p];
      data.coordinates[p].forEach(function (x, i) { row.push(x === null ? null : factors[i].choice ? labelOf(i, x) : x); });
      measures.forEach(function (_, m) { row.push(data.mean[m][p], data.half[m][p], ["", "met", "not shown", "missed"][data.verdict[m][p]]); });
      lines.push(row);
    }
    return [head].concat(lines).map(function (row) { return row.map(cell).join(","); }).join("\n") + "\n";
  }
  function download() {
    var link = make("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + csv()], { type: "text/csv;charset=utf-8" }));
    link.download = "points.csv";
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  function on(name, act) { if (byId(name)) { byId(name).addEventListener("click", act); } }
  byId("controls").addEventListener("input", changed);
  byId("controls").addEventListener("change", changed);
  byId("controls").addEventListener("submit", function (event) { event.preventDefault(); });
  if (byId("between")) {
    byId("between").addEventListener("change", function () {
      state.between = byId("between").checked;
      if (!state.between) {
        state.at = state.at.map(function (x, i) { return factors[i].stops[closest(factors[i].stops, x)]; });
      }
      render();
    });
  }
  byId("measure").addEventListener("change", function () { state.measure = Number(byId("measure").value); render(); });
  on("cheapest", cheapest);
  on("best", function () { go(data.best); });
  on("cheaper", function () { var p = nextCheaper(); if (p !== null) { go(p); } });
  on("pin", function () {
    var own = model.place(state.at).point;
    state.pin = state.pin !== null ? null : own === undefined ? null : own;
    render();
  });
  on("more", function () {
    var rest = byId("table").tBodies[1];
    rest.hidden = !rest.hidden;
    byId("more").setAttribute("aria-expanded", rest.hidden ? "false" : "true");
    byId("more").textContent = rest.hidden ? byId("more").dataset.all : byId("more").dataset.few;
  });
  on("reset", function () { restart(); answer(""); render(); });
  on("download", download);
  on("print", function () { window.print(); });
  window.addEventListener("hashchange", function () { understood(location.hash); render(); });
  // On paper the drawings are scaled to the column: a view box for the time of printing.
  function frame(paper) {
    document.querySelectorAll(".figure[data-drawn]").forEach(function (target) {
      var size = target._fullLayout;
      target.style.setProperty("--ratio", size.width + " / " + size.height);
      target.querySelectorAll(".main-svg").forEach(function (node) {
        if (paper) { node.setAttribute("viewBox", "0 0 " + size.width + " " + size.height); } else { node.removeAttribute("viewBox"); }
      });
    });
  }
  window.addEventListener("beforeprint", function () { frame(true); });
  window.addEventListener("afterprint", function () { frame(false); });
  var waiting = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () { if (!window.matchMedia("print").matches) { drawCharts(); } }, 120);
  });
  restart();
  understood(location.hash);
  charts.demands();
  render();
})();
