"use strict";
// What the page says of a plan: its sentences, and the small pieces that table and charts are made of. Texts come with the data.
window.sweepWords = function (data, model, state) {
  var T = data.texts, is = model.is, fill = model.fill, factors = data.factors, measures = data.measures;


  function byId(name) { return document.getElementById(name); }
  function make(tag, text, name) {
    var node = document.createElement(tag);
    if (text !== undefined && text !== null) { node.textContent = text; }
    if (name) { node.className = name; }
    return node;
  }
  function empty(node) { while (node.firstChild) { node.removeChild(node.firstChild); } return node; }
  function joined(texts) {
    return texts.reduce(function (all, text) { return all === "" ? text : fill(T.list, { first: all, second: text }); }, "");
  }
  function plotText(text) { return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); }
  function width(text) { return Array.from(text).reduce(function (sum, sign) { return sum + (sign > "\u2e7f" ? 2 : 1); }, 0); }
  function shorten(text, most) {  // Chinese signs are two wide
    if (width(text) <= most) { return text; }
    var kept = "", signs = Array.from(text);
    for (var i = 0; i < signs.length && width(kept + signs[i]) < most; i++) { kept += signs[i]; }
    return kept.trimEnd() + "\u2026";
  }

  // ---- words
  function labelOf(i, x) {
    var f = factors[i], lists = [[f.stops, f.labels], [f.fine, f.fine_labels]];
    for (var k = 0; k < 2; k++) {
      var n = lists[k][0] ? lists[k][0].indexOf(x) : -1;
      if (n >= 0) { return lists[k][1][n]; }
    }
    var gap = f.unit === "" || f.unit[0] === "/" ? "" : " ";
    return String(Number(Number(x).toPrecision(6))) + gap + f.unit;
  }
  function setting(at) {
    var said = [];
    at.forEach(function (x, i) {
      if (x !== null) { said.push(fill(T.setting, { factor: factors[i].short, value: labelOf(i, x) })); }
    });
    return said.length ? joined(said) : T.as_it_is;
  }
  function plan(p) { return setting(data.coordinates[p]); }
  function cost(p) { return model.quantity(data.cost, data.mean[data.cost][p], data.half[data.cost][p]); }
  function value(m, found) { return model.quantity(m, found.mean, found.half); }
  function span(m, found, signed) {
    var text = model.interval(m, found.mean, found.half, signed, T);
    return text === model.MISSING ? text : model.withUnit(text, measures[m].pattern);
  }
  function reference() { return state.pin !== null ? state.pin : data.as_it_is; }
  function referenceName() {
    if (state.pin !== null) { return T.pinned; }
    return data.as_it_is !== null ? T.as_it_is : "";
  }
  function targetText(m) { return model.withUnit(measures[m].target, measures[m].pattern); }

  function headline(where) {
    var chief = data.by, found = model.read(chief, where), own = where.point !== undefined && where.point === data.as_it_is;
    var values = { measure: measures[chief].small, value: value(chief, found), plan: setting(state.at) };
    if (where.none || !is(found.mean)) { return fill(T.not_simulated, values); }
    if (found.interpolated) { return fill(T.interpolated, values); }
    var groups = { 1: [], 2: [], 3: [] };
    measures.forEach(function (_, m) { var v = model.read(m, where).verdict; if (v) { groups[v].push(m); } });
    var total = groups[1].length + groups[2].length + groups[3].length, text = own ? T.own : T.other;
    function names(list) { return joined(list.map(function (m) { return measures[m].small; })); }
    if (!total) { return fill(text.is_value, values); }
    if (groups[3].length === 1) {
      var m = groups[3][0];
      return fill(text.misses_one, { measure: measures[m].small, value: value(m, model.read(m, where)), target: targetText(m) });
    }
    if (groups[3].length) { return fill(text.misses_many, { n: groups[3].length, total: total, measures: names(groups[3]) }); }
    if (groups[2].length) { return fill(text.open, { n: groups[2].length, total: total, measures: names(groups[2]) }); }
    return fill(total === 1 ? text.meets_one : text.meets_all, { n: total });
  }
  function lede(where) {
    var said = [], base = reference();
    if (where.none) { return said; }
    [data.by, data.cost].forEach(function (m, k) {
      if (m === null || (k === 1 && m === data.by)) { return; }
      var found = model.read(m, where);
      if (!is(found.mean)) { return; }
      var values = { measure: measures[m].label, value: value(m, found), interval: span(m, found), confidence: data.confidence };
      said.push(fill(is(found.half) ? T.says_interval : T.says, values));
      if (base === null || where.point === base) { return; }
      var apart = model.difference(m, where, model.pointPlace(base));
      if (!is(apart.mean)) { return; }
      values = { difference: model.quantity(m, apart.mean, apart.half, true), interval: span(m, apart, true), other: referenceName() };
      var shown = is(apart.half) && Math.abs(apart.mean) > apart.half;
      said.push(fill(!is(apart.half) ? T.apart : shown ? T.apart_shown : T.apart_open, values));
    });
    if (where.point !== undefined && data.growing[where.point]) { said.push(T.growing); }
    if (where.point === undefined) { said.push(T.nothing_shown); }
    return said;
  }

  function verdictCell(verdict, interpolated) {
    var cell = make("td", null, "verdict");
    if (verdict) {
      var word = ["", T.met, T.not_shown, T.missed][verdict], mark = ["", "\u2713", "?", "\u2717"][verdict];
      cell.appendChild(make("span", mark + " " + word, ["", "met", "open", "missed"][verdict]));
    }
    if (interpolated && !verdict) { cell.textContent = ""; }
    return cell;
  }
  function heads(table, texts) {
    var row = make("tr");
    texts.forEach(function (text) { var head = make("th", text); head.scope = "col"; row.appendChild(head); });
    empty(table.tHead).appendChild(row);
  }

  return {
    byId: byId, make: make, empty: empty, joined: joined, plotText: plotText, width: width, shorten: shorten,
    labelOf: labelOf, setting: setting, plan: plan, cost: cost, value: value, span: span, reference: reference,
    referenceName: referenceName, targetText: targetText, headline: headline, lede: lede, verdictCell: verdictCell,
    heads: heads
  };
};
