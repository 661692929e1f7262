"use strict";
// Tables of the appendix, built when they are opened: filter, order, CSV. Tables behind figures get their CSV alone.
(function () {
  var STEP = 200; // rows shown at once
  var texts = JSON.parse(document.getElementById("table-texts").textContent);
  var lang = document.documentElement.lang;
  var page = document.body.dataset.name;
  var whole = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
  var fine = new Intl.NumberFormat(lang, { maximumSignificantDigits: 5 });

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }
  function shown(value) {
    if (value === null) { return ""; }
    if (typeof value !== "number") { return value; }
    var text = Math.abs(value) >= 1e5 || Number.isInteger(value) ? whole.format(value) : fine.format(value);
    return text.replace("-", "\u2212");
  }
  function make(name, parent, className, text) {
    var element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    parent.appendChild(element);
    return element;
  }
  function makeButton(parent, text, action) {
    var button = make("button", parent, "", text);
    button.type = "button";
    button.addEventListener("click", action);
    return button;
  }

  // CSV: numbers as they are; texts that a spreadsheet would run as formulas get an apostrophe in front.
  function cell(value) {
    if (value === null) { return ""; }
    if (typeof value === "number") { return String(value); }
    if (/^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) { value = "'" + value; }
    return /[",\r\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value;
  }
  function download(name, head, rows) {
    var lines = [head].concat(rows).map(function (row) { return row.map(cell).join(","); });
    var blob = new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = Array.from((page + "_" + name).replace(/[^\p{L}\p{N}._-]+/gu, "-")).slice(0, 120).join("") + ".csv";
    link.click();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }
  // A cell of a table in the page as a reader's program takes it: plain minus, no spaces of typography, numbers without commas.
  function plain(text) {
    var found = text.trim().replace(/[\u202f\u00a0]/g, " ").replace(/\u2212(?=[\d.])/g, "-");
    return /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(found) ? found.replace(/,/g, "") : found;
  }
  function readTable(table) {
    var rows = Array.from(table.rows, function (row) { return Array.from(row.cells, function (c) { return c.textContent; }); });
    return { head: rows[0], rows: rows.slice(1) };
  }
  function downloadTable(name, table) {
    var found = readTable(table);
    download(name, found.head.map(plain), found.rows.map(function (row) { return row.map(plain); }));
  }

  function unpack(text) {
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  }
  function load(details) {
    var source = details.querySelector("script[data-head]");
    if (!source) { return Promise.resolve(readTable(details.querySelector("table"))); }
    return unpack(source.textContent).then(function (columns) {
      var rows = columns[0].map(function (_, i) { return columns.map(function (column) { return column[i]; }); });
      return { head: JSON.parse(source.dataset.head), rows: rows };
    });
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") { return a - b; }
    return String(a).localeCompare(String(b), lang, { numeric: true });
  }
  function build(details, data) {
    var name = details.dataset.table;
    var found = data.rows, step = STEP, by = -1, down = false;
    var body = details.querySelector(".built");
    body.replaceChildren();
    var tools = make("div", body, "tools");
    var label = make("label", tools, "", texts.filter + " ");
    var input = make("input", label);
    input.type = "search";
    var save = makeButton(tools, texts.download, function () {
      download(name, data.head.map(plain), found.map(function (row) {
        return row.map(function (value) { return typeof value === "string" ? plain(value) : value; });
      }));
    });
    var count = make("span", tools, "count");
    count.setAttribute("role", "status");
    var scroll = make("div", body, "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "group");
    scroll.setAttribute("aria-label", details.dataset.title);
    var table = make("table", scroll);
    var line = make("tr", make("thead", table));
    var rows = make("tbody", table);
    var more = makeButton(body, "", function () {
      var before = rows.rows.length;
      step += STEP;
      show();
      rows.rows[before].cells[0].focus();
    });
    more.className = "more";
    var heads = data.head.map(function (text, i) {
      var th = make("th", line, data.rows.some(function (row) { return typeof row[i] === "string" && row[i]; }) ? "words" : "");
      th.scope = "col";
      makeButton(th, text, function () {
        down = by === i && !down;
        by = i;
        apply();
      });
      return th;
    });
    function show() {
      var fragment = document.createDocumentFragment();
      found.slice(0, step).forEach(function (row, n) {
        var tr = make("tr", fragment);
        row.forEach(function (value, i) {
          var td = make(i ? "td" : "th", tr, typeof value === "number" ? "" : "words", shown(value));
          if (!i) { td.scope = "row"; }
          if (!i && n && n % STEP === 0) { td.tabIndex = -1; }
        });
      });
      rows.replaceChildren(fragment);
      var rest = found.length - step;
      more.hidden = rest <= 0;
      more.textContent = fill(texts.more, { n: whole.format(Math.min(rest, STEP)) });
      count.textContent = fill(found.length < data.rows.length ? texts.found : texts.shown, {
        shown: whole.format(Math.min(step, found.length)), found: whole.format(found.length), total: whole.format(data.rows.length)
      });
      save.textContent = found.length < data.rows.length ? fill(texts.some, { n: whole.format(found.length) }) : texts.download;
      save.disabled = !found.length;
    }
    function apply() {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      found = data.rows.filter(function (row) {
        var text = words.length ? row.map(shown).join("\n").toLowerCase() : "";
        return words.every(function (word) { return text.includes(word); });
      });
      if (by >= 0) {
        var sign = down ? -1 : 1;
        found = found.slice().sort(function (a, b) {
          var x = a[by], y = b[by], gone = (x === null || x === "") - (y === null || y === "");
          return gone || sign * compare(x, y);
        });
      }
      heads.forEach(function (th, i) {
        if (i === by) { th.setAttribute("aria-sort", down ? "descending" : "ascending"); } else { th.removeAttribute("aria-sort"); }
      });
      step = STEP;
      show();
    }
    var pending = 0;
    input.addEventListener("input", function () {
      window.clearTimeout(pending);
      pending = window.setTimeout(apply, 120);
    });
    show();
  }

  document.querySelectorAll("details[data-table]").forEach(function (details) {
    details.addEventListener("toggle", function () {
      if (!details.open || details.dataset.built) { return; }
      details.dataset.built = "begun";
      load(details).then(function (data) {
        build(details, data);
        details.dataset.built = "yes";
      }).catch(function () {
        details.querySelector(".built").textContent = fill(texts.unreadable, { file: details.dataset.file });
      });
    });
  });
  document.querySelectorAll("article .grid").forEach(function (grid) {
    var tools = make("div", grid, "tools");
    makeButton(tools, texts.download, function () { downloadTable(grid.dataset.name, grid.querySelector("table")); });
  });
})();
