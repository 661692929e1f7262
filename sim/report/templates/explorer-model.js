"use strict";
// What the page computes of a sweep: places between points, values with intervals, numbers as people read them. No drawing.
window.sweepModel = function (data) {
  var MINUS = "\u2212", DASH = "\u2013", MISSING = "\u2014";
  var MET = 1, NOT_SHOWN = 2, MISSED = 3;
  var factors = data.factors, measures = data.measures, count = data.coordinates.length;
  var known = new Map();
  data.coordinates.forEach(function (row, p) { if (!known.has(key(row))) { known.set(key(row), p); } });
  var levels = factors.map(function (_, i) {
    var found = Array.from(new Set(data.coordinates.map(function (row) { return row[i]; })));
    return found.filter(function (x) { return x !== null; }).sort(function (a, b) { return a - b; });
  });

  function key(row) { return row.map(function (x) { return x === null ? "-" : String(x); }).join("|"); }
  function is(x) { return typeof x === "number" && isFinite(x); }

  // ---- numbers: as sim/report/format.py has them
  function decimalsFor(value, half) {
    if (!isFinite(value)) { return 0; }
    var size = Math.abs(value);
    var most = size > 0 ? Math.max(0, 3 - Math.floor(Math.log10(size))) : 2;
    if (is(half) && half > 0) {
      var exponent = Math.floor(Math.log10(half));
      var leading = half / Math.pow(10, exponent);
      return Math.max(0, Math.min(-exponent + (leading < 2 ? 1 : 0), most, 6));
    }
    if (size === 0) { return 0; }
    if (size >= 1) { return size >= 99.95 ? 0 : 1; }
    return Math.min(1 - Math.floor(Math.log10(size)), 6);
  }
  function number(value, decimals, signed) {
    if (!is(value)) { return MISSING; }
    var size = Math.abs(value), scaled = size * Math.pow(10, decimals), text = size.toFixed(decimals);
    if (scaled % 1 === 0.5 && Math.floor(scaled) % 2 === 0) { text = (Math.floor(scaled) / Math.pow(10, decimals)).toFixed(decimals); }
    var zero = Number(text) === 0, parts = text.split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, ",");
    return (zero ? "" : value < 0 ? MINUS : signed ? "+" : "") + parts.join(".");
  }
  function withUnit(text, pattern) {
    if (text === MISSING) { return text; }
    var sign = text[0] === MINUS || text[0] === "+" ? text[0] : "";
    return sign + pattern.split("{}").join(text.slice(sign.length));
  }
  function shown(m, value) { return value * measures[m].factor; }
  function cell(m, value, half, signed) {
    if (!is(value)) { return MISSING; }
    var width = is(half) ? shown(m, half) : null;
    return number(shown(m, value), decimalsFor(shown(m, value), width), signed);
  }
  function quantity(m, value, half, signed) { return withUnit(cell(m, value, half, signed), measures[m].pattern); }
  function ends(m, value, half, signed) {
    if (!is(value) || !is(half)) { return null; }
    var middle = shown(m, value), width = shown(m, half), low = middle - width, high = middle + width;
    if (!signed) {
      if (!measures[m].negative && middle >= 0) { low = Math.max(low, 0); }
      if (measures[m].share && middle <= 100) { high = Math.min(high, 100); }
    }
    return [low, high];
  }
  function interval(m, value, half, signed, texts) {
    var found = ends(m, value, half, signed);
    if (!found) { return MISSING; }
    var decimals = decimalsFor(shown(m, value), shown(m, half));
    var low = number(found[0], decimals, signed), high = number(found[1], decimals, signed);
    return signed || found[0] < 0 ? fill(texts.span, { low: low, high: high }) : low + DASH + high;
  }
  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (all, name) { return name in values ? String(values[name]) : all; });
  }

  // ---- places: a simulated point, a weighted sum of the corners of a grid cell, a metamodel, or nothing
  function place(at) {
    var point = known.get(key(at));
    if (point !== undefined) { return { point: point, parts: [[point, 1]], between: [] }; }
    if (data.between === "linear") { return corners(at); }
    if (data.between === "model" && at.every(function (x) { return x !== null; })) { return { at: at.slice(), model: true, between: [] }; }
    return { none: true, parts: [], between: [] };
  }
  function corners(at) {
    var parts = [[[], 1]], between = [];
    for (var i = 0; i < at.length; i++) {
      var x = at[i], own = levels[i], ends = [];
      if (own.indexOf(x) >= 0) {
        ends = [[x, 1]];
      } else {
        var high = own.findIndex(function (v) { return v > x; });
        if (factors[i].choice || high < 1) { return { none: true, parts: [], between: [] }; }
        var share = (x - own[high - 1]) / (own[high] - own[high - 1]);
        ends = [[own[high - 1], 1 - share], [own[high], share]];
        between.push(i);
      }
      parts = [].concat.apply([], parts.map(function (part) {
        return ends.map(function (end) { return [part[0].concat([end[0]]), part[1] * end[1]]; });
      }));
    }
    parts = parts.map(function (part) { return [known.get(key(part[0])), part[1]]; });
    if (parts.some(function (part) { return part[0] === undefined; })) { return { none: true, parts: [], between: [] }; }
    return { parts: parts, between: between };
  }

  // ---- values
  function halfWidth(sums) {
    var good = sums.filter(is), n = good.length;
    if (n < 2) { return null; }
    var mean = good.reduce(add, 0) / n;
    var squares = good.reduce(function (s, x) { return s + (x - mean) * (x - mean); }, 0);
    return data.quantiles[n] * Math.sqrt(squares / (n - 1) / n);
  }
  function add(a, b) { return a + b; }
  function replications(m, parts) {  // of the weighted sum, one a replication
    if (!data.values || !parts.length) { return null; }
    return data.values[m][parts[0][0]].map(function (_, r) {
      return parts.reduce(function (sum, part) {
        var value = data.values[m][part[0]][r];
        return sum === null || value === null ? null : sum + part[1] * value;
      }, 0);
    });
  }
  function missedBy(m, where) {  // error of interpolation, null if it cannot be told
    var sum = 0;
    for (var k = 0; k < where.between.length; k++) {
      var error = measures[m].errors ? measures[m].errors[where.between[k]] : null;
      if (!is(error)) { return null; }
      sum += error * error;
    }
    return sum > 0 ? data.normal * Math.sqrt(sum) : 0;
  }
  function encoded(at) {
    var x = [];
    factors.forEach(function (f, i) {
      if (f.choice) {
        for (var k = 1; k < f.categories; k++) { x.push(at[i] === k ? 1 : 0); }
      } else {
        x.push((2 * at[i] - f.low - f.high) / (f.high - f.low || 1));
      }
    });
    return x;
  }
  function predicted(m, at) {
    var model = measures[m].model;
    if (!model) { return { mean: null, half: null }; }
    var x = encoded(at), mean = 0;
    if (model.kind === "quadratic") {
      model.terms.forEach(function (term, k) {
        mean += model.factors[k] * term.reduce(function (product, column) { return product * x[column]; }, 1);
      });
    } else {
      model.at.forEach(function (row, k) {
        var sum = 0;
        for (var j = 0; j < row.length; j++) { var d = (x[j] - row[j]) / model.lengths[j]; sum += d * d; }
        var r = Math.sqrt(5 * sum);
        mean += model.factors[k] * model.variance * (1 + r + r * r / 3) * Math.exp(-r);
      });
      mean += model.mean;
    }
    return { mean: mean, half: data.normal * model.error };
  }
  function read(m, where) {
    if (where.none) { return { mean: null, half: null, verdict: 0 }; }
    if (where.point !== undefined) {
      return { mean: data.mean[m][where.point], half: data.half[m][where.point], verdict: data.verdict[m][where.point] };
    }
    var found = where.model ? predicted(m, where.at) : blended(m, where);
    found.verdict = measures[m].judged && is(found.mean) ? NOT_SHOWN : 0;
    found.interpolated = true;
    return found;
  }
  function blended(m, where) {
    var mean = where.parts.reduce(function (sum, part) {
      var value = data.mean[m][part[0]];
      return sum === null || value === null ? null : sum + part[1] * value;
    }, 0);
    var sums = replications(m, where.parts), half = sums ? halfWidth(sums) : null, error = missedBy(m, where);
    return { mean: mean, half: is(half) && is(error) ? Math.sqrt(half * half + error * error) : null };
  }
  function difference(m, where, base) {  // paired by replication; what both are interpolated by does not cancel
    if (where.none || base.none) { return { mean: null, half: null }; }
    var here = read(m, where).mean, there = read(m, base).mean;
    if (!is(here) || !is(there)) { return { mean: null, half: null }; }
    if (where.point !== undefined && where.point === base.point) { return { mean: 0, half: null, same: true }; }
    if (where.model || base.model) { return { mean: here - there, half: null }; }
    var sums = replications(m, where.parts.concat(base.parts.map(function (part) { return [part[0], -part[1]]; })));
    var half = sums ? halfWidth(sums) : null, errors = [missedBy(m, where), missedBy(m, base)];
    if (!is(half) || !errors.every(is)) { return { mean: here - there, half: null }; }
    return { mean: here - there, half: Math.sqrt(half * half + errors[0] * errors[0] + errors[1] * errors[1]) };
  }

  // ---- plans
  function verdictOf(where) {  // of all targets together: 0 where there is none
    var own = measures.map(function (_, m) { return read(m, where).verdict; }).filter(Boolean);
    if (!own.length) { return 0; }
    if (own.indexOf(MISSED) >= 0) { return MISSED; }
    return own.indexOf(NOT_SHOWN) >= 0 ? NOT_SHOWN : MET;
  }
  function points() { return Array.from({ length: count }, function (_, p) { return p; }); }
  function pointPlace(p) { return { point: p, parts: [[p, 1]], between: [] }; }
  function byCost(p, q) { return data.mean[data.cost][p] - data.mean[data.cost][q] || p - q; }
  function priced() { return points().filter(function (p) { return is(data.mean[data.cost][p]); }).sort(byCost); }
  function frontier(m) {  // plans that no other beats in cost and in the measure, cheapest first
    var sign = measures[m].better === "more" ? -1 : 1, best = Infinity, found = [];
    var listed = priced().filter(function (p) { return is(data.mean[m][p]); });
    listed.sort(function (p, q) {
      return data.mean[data.cost][p] - data.mean[data.cost][q] || sign * (data.mean[m][p] - data.mean[m][q]) || p - q;
    });
    listed.forEach(function (p) {
      if (sign * data.mean[m][p] < best) { best = sign * data.mean[m][p]; found.push(p); }
    });
    return found;
  }
  function cheapestMay() {  // the cheapest plan that misses no target, shown or not
    var found = priced().filter(function (p) { return verdictOf(pointPlace(p)) !== MISSED; });
    return found.length ? found[0] : null;
  }
  function leastMissed() {  // the fewest targets missed, then the cheapest
    var missed = priced().map(function (p) {
      return [p, measures.filter(function (_, m) { return data.verdict[m][p] === MISSED; }).length];
    });
    var fewest = Math.min.apply(null, missed.map(function (x) { return x[1]; }));
    return { point: missed.filter(function (x) { return x[1] === fewest; })[0][0], missed: fewest };
  }
  function cheapestFor(m) {  // the cheapest plan shown to meet one target
    var found = priced().filter(function (p) { return data.verdict[m][p] === MET; });
    return found.length ? found[0] : null;
  }
  function nearest(at, most) {
    function apart(p) {
      return data.coordinates[p].reduce(function (sum, x, i) {
        if (x === at[i]) { return sum; }
        if (factors[i].choice || x === null || at[i] === null) { return sum + 1; }
        var d = (x - at[i]) / (factors[i].high - factors[i].low || 1);
        return sum + d * d;
      }, 0);
    }
    var found = points().map(function (p) { return [apart(p), p]; });
    found.sort(function (a, b) { return a[0] - b[0] || a[1] - b[1]; });
    return found.slice(0, most).map(function (x) { return x[1]; });
  }

  return {
    MET: MET, NOT_SHOWN: NOT_SHOWN, MISSED: MISSED, MISSING: MISSING, levels: levels, count: count, is: is,
    number: number, decimalsFor: decimalsFor, cell: cell, quantity: quantity, interval: interval, withUnit: withUnit,
    shown: shown, ends: ends, fill: fill, place: place, pointPlace: pointPlace, read: read, difference: difference,
    verdictOf: verdictOf, frontier: frontier, cheapestMay: cheapestMay, leastMissed: leastMissed, cheapestFor: cheapestFor,
    nearest: nearest
  };
};
