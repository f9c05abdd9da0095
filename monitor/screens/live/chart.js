// The one Plotly figure: made once, then only given new points.

import { axisOf, cuffShapes, doseLines, eventShapes, eventWords, handCuffs, limitShapes, liveWindow, LOW_ROW, rows, scale, ticks }
  from "./chartlayout.js";
import { givenMg, single } from "./dose.js";
import { element } from "./glass.js";
import { inkOf } from "./themes.js";

const HR = 0, SPO2 = 1, STEM = 2, SYS = 3, DIA = 4, PLAN = 5, GIVEN = 6;
const HANDS = [7, 8, 9]; // the words of the events come last
const DOSE_MS = 10000; // the ramp of the dose grows this often

/** Load plotly.js once for the page, from the app's own server. @param {string} path */
export function loadPlotly(path) {
  const w = /** @type {any} */ (window);
  if (w.Plotly) return Promise.resolve(w.Plotly);
  w.chairsidePlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(path, location.origin).href;
    script.onload = () => resolve(w.Plotly);
    script.onerror = () => {
      script.remove();
      w.chairsidePlotly = undefined;
      reject(new Error("the chart could not be loaded"));
    };
    document.head.append(script);
  });
  return w.chairsidePlotly;
}

export class Chart {
  /** @param {any} Plotly @param {Record<string, HTMLElement>} part
   * @param {() => void} resized called when the chart must be fitted to another size */
  constructor(Plotly, part, resized) {
    const node = part.chart;
    const liveButton = part.live;
    this.Plotly = Plotly;
    this.node = /** @type {any} */ (node);
    this.nowLine = part.now;
    this.titleRow = part.titles;
    this.liveButton = liveButton;
    this.zoomed = false;
    this.made = false;
    this.resized = false;
    this.axis = axisOf(null, 0);
    this.ink = inkOf(node);
    this.window = { from: 0, to: 0 };
    this.ranges = "";
    this.doseAt = 0;
    this.at = 0;
    liveButton.addEventListener("click", () => this.live());
    this.resizing = new ResizeObserver(() => {
      if (!this.made) return;
      this.resized = true;
      resized();
    });
    this.resizing.observe(node);
  }

  remove() {
    this.resizing.disconnect();
    this.Plotly.purge(this.node);
  }

  /** Bring the chart up to the model. Cheap where nothing visible changed.
   * @param {import("./model.js").Model} model @param {number} now @param {number} offsetMs */
  update(model, now, offsetMs) {
    this.at = now;
    const axis = axisOf(model.now.session, offsetMs);
    const moved = this.moveWindow(model, now);
    const changed = model.changed;
    model.changed = { trend: false, cuffs: false, layout: false };
    if (this.resized) changed.layout = true;
    this.resized = false;
    if (!this.made || axis.key !== this.axis.key || changed.layout || this.outgrown(model)) {
      if (axis.key !== this.axis.key) this.setZoomed(false);
      this.axis = axis;
      this.draw(model, now);
    } else {
      if (moved) this.setWindow();
      this.points(model, now, changed);
    }
    this.placeNow(now);
  }

  /** @param {import("./model.js").Model} model @param {number} now */
  moveWindow(model, now) {
    const next = liveWindow(now, model.firstMs(), model.now.session);
    const moved = next.from !== this.window.from || next.to !== this.window.to;
    this.window = next;
    return moved;
  }

  /** Everything at once: at the start, and when the axis, a limit or an event changed.
   * The node stays the same one, and the reader's zoom stays.
   * @param {import("./model.js").Model} model @param {number} now */
  draw(model, now) {
    this.ink = inkOf(this.node);
    const layout = this.layout(model);
    const config = { displayModeBar: false, responsive: false, doubleClick: false,
      scrollZoom: false, showTips: false };
    this.Plotly.react(this.node, this.traces(model, now), layout, config);
    if (this.made) return;
    this.made = true;
    this.node.on("plotly_relayout", (/** @type {any} */ change) => {
      if ("xaxis.range[0]" in change) this.setZoomed(true); // a hand's; ours names the whole range
    });
    this.node.on("plotly_doubleclick", () => this.live());
  }

  /** Only the lines that changed, in one call.
   * @param {import("./model.js").Model} model @param {number} now
   * @param {{trend: boolean, cuffs: boolean}} changed */
  points(model, now, changed) {
    const dose = model.now.session?.infusion && now - this.doseAt > DOSE_MS;
    const fresh = this.traces(model, now);
    const which = [
      ...(changed.trend ? [HR, SPO2] : []),
      ...(changed.cuffs ? [STEM, SYS, DIA, ...HANDS] : []),
      ...(dose ? [PLAN, GIVEN] : []),
    ];
    if (which.length === 0) return;
    if (dose) this.doseAt = now;
    for (const i of which) Object.assign(this.node.data[i], { x: fresh[i].x, y: fresh[i].y });
    this.Plotly.redraw(this.node); // restyle would guess the kind of the x axis anew
  }

  /** @param {import("./model.js").Model} model @param {number} now */
  traces(model, now) {
    const { toX } = this.axis;
    const unit = this.axis.kind === "minutes" ? "%{x:+.1f} min" : "%{x|%H:%M:%S}";
    const trend = (/** @type {string} */ name, /** @type {string} */ y, /** @type {string} */ of) => ({
      ...model.trends[name].ribbon(toX), yaxis: y, mode: "lines", name, connectgaps: false,
      fill: "toself", fillcolor: `${/** @type {any} */ (this.ink)[name]}99`, hoveron: "points",
      line: { color: /** @type {any} */ (this.ink)[name], width: 1.5 * this.unit(), simplify: false },
      hovertemplate: `${name} %{y} ${of}<br>${unit}<extra></extra>`,
    });
    const cuffs = [...model.cuffs].sort((a, b) => a.t_ms - b.t_ms);
    const both = cuffs.filter((c) => c.sys !== null && c.dia !== null);
    const stem = {
      x: both.flatMap((c) => [toX(c.t_ms), toX(c.t_ms), null]),
      y: both.flatMap((c) => [c.sys, c.dia, null]),
      yaxis: "y3", mode: "lines", hoverinfo: "skip", connectgaps: false,
      line: { color: this.ink.faint, width: 1.4 * this.unit() },
    };
    const caret = (/** @type {"sys"|"dia"} */ side, /** @type {number} */ angle) => ({
      x: cuffs.map((c) => toX(c.t_ms)), y: cuffs.map((c) => c[side]), yaxis: "y3", mode: "markers",
      marker: { symbol: "arrow-wide", angle, size: 15 * this.unit(), color: this.ink.NIBP,
        line: { width: 0 } },
      hovertemplate: `NIBP ${side} %{y} mmHg<br>${unit}<extra></extra>`,
    });
    const dose = doseLines(model.now.session?.infusion ?? null, now, toX);
    const ramp = { yaxis: "y4", mode: "lines", hoverinfo: "skip", fill: "tozeroy" };
    const all = /** @type {any[]} */ ([
      trend(model.shown("HR") === "PR" ? "PR" : "HR", "y", "/min"),
      trend("SpO2", "y2", "%"),
      stem, caret("sys", 180), caret("dia", 0),
      { ...dose.plan, ...ramp, fillcolor: `${this.ink.dose}17`,
        line: { color: `${this.ink.dose}59`, width: 1, dash: "dot" } },
      { ...dose.given, ...ramp, fillcolor: `${this.ink.dose}52`,
        line: { color: this.ink.dose, width: 1.5 } },
    ]);
    const rate = model.shown("HR") === "PR" ? "PR" : "HR";
    const hands = [
      { of: model.marks(rate), yaxis: "y", color: /** @type {any} */ (this.ink)[rate], name: rate },
      { of: model.marks("SpO2"), yaxis: "y2", color: this.ink.SpO2, name: "SpO2" },
      { of: handCuffs(cuffs), yaxis: "y3", color: this.ink.NIBP, name: "NIBP" },
    ];
    all.push(...hands.map(({ of, yaxis, color, name }) => ({
      x: of.map((p) => toX(p.t)), y: of.map((p) => p.v), yaxis, mode: "markers",
      marker: { symbol: "square-open", size: 12 * this.unit(), color, line: { width: 2 } },
      hovertemplate: `${name} %{y} by hand<br>${unit}<extra></extra>`,
    })));
    all.push(this.words(model));
    return all.map((t) => ({ type: "scatter", showlegend: false, ...t }));
  }

  /** Sizes of letters and rows for the chart as large as it is now.
   * @param {import("./model.js").Model} model */
  fit(model) {
    const u = this.unit();
    const [width, height] = [this.node.clientWidth || 1000, this.node.clientHeight || 500];
    const letters = Math.max(14, Math.round(14 * u));
    const strip = Boolean(model.now.session?.infusion) || this.events(model).length > 0;
    const row = rows(strip, height);
    const lines = Math.max(1, Math.floor((row.dose[1] * height) / (letters * 1.2)));
    const span = this.axis.toX(this.window.to) - this.axis.toX(this.window.from);
    return { u, height, row, lines, letters, size: Math.max(14, Math.round(17 * u)),
      letter: (span * letters * 0.58) / width };
  }

  /** @param {import("./model.js").Model} model */
  doseTop(model) {
    const infusion = model.now.session?.infusion;
    const dose = infusion?.dose_mg ?? 1;
    const given = infusion ? givenMg(infusion, this.at) ?? 0 : 0;
    return 1.1 * dose * Math.max(1, Math.ceil((4 * given) / dose - 0.1) / 4); // it grows by quarters
  }

  /** What the events are called, in the lowest row. @param {import("./model.js").Model} model */
  words(model) {
    const { letter, lines, letters } = this.fit(model);
    const { x, line, text } = eventWords(this.events(model), this.axis.toX, { letter, lines });
    const top = this.doseTop(model);
    return { x, y: line.map((n) => ((n + 0.5) / lines) * top),
      text: text.map((t) => `\u2005${t}`), yaxis: "y4", mode: "text",
      textposition: "middle right", hoverinfo: "skip", textfont: { size: letters, color: this.ink.soft } };
  }

  /** @param {import("./model.js").Model} model */
  layout(model) {
    const { u, height, row, size } = this.fit(model);
    const { toX, kind } = this.axis;
    const range = this.scales(model);
    this.ranges = JSON.stringify(range);
    const y = (/** @type {number[]} */ domain, /** @type {any} */ rest) => ({
      domain, fixedrange: true, zeroline: false, gridcolor: this.ink.grid,
      nticks: Math.max(2, Math.floor(((domain[1] - domain[0]) * height) / (size * 2.2))),
      tickfont: { size, color: this.ink.faint }, ...rest,
    });
    const window = this.zoomed
      ? [...this.node.layout.xaxis.range]
      : [toX(this.window.from), toX(this.window.to)];
    const margin = { l: Math.round(62 * u) + 8, r: Math.round(18 * u), t: Math.round(10 * u) + 2,
      b: Math.round(30 * u) + 8 };
    this.titles(model, row, margin, size);
    const of = (/** @type {"HR"|"SpO2"|"NIBP"} */ name) =>
      (row[name][1] - row[name][0]) * (height - margin.t - margin.b);
    const tall = (/** @type {"HR"|"SpO2"} */ name) => of(name) >= LOW_ROW;
    return {
      uirevision: "zoom", autosize: true, dragmode: "zoom", hovermode: "closest", margin,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: this.ink.panel, showlegend: false,
      font: { family: "system-ui, sans-serif", color: this.ink.faint, size },
      hoverlabel: { bgcolor: this.ink.dialog, bordercolor: this.ink.rim, font: { size, color: this.ink.ink } },
      xaxis: { type: kind === "minutes" ? "linear" : "date", range: window, anchor: "y4",
        gridcolor: this.ink.grid, zeroline: false, nticks: 9, tickfont: { size, color: this.ink.faint },
        ...(kind === "minutes"
          ? { tickformat: "+~g", ticksuffix: "′" }
          : { tickformat: "%H:%M", hoverformat: "%H:%M:%S" }) },
      yaxis: y(row.HR, { range: range.HR, ...ticks(range.HR, of("HR")) }),
      yaxis2: y(row.SpO2, { range: range.SpO2, ...ticks(range.SpO2, of("SpO2")) }),
      yaxis3: y(row.NIBP, { range: range.NIBP, ...ticks(range.NIBP, of("NIBP")) }),
      yaxis4: y(row.dose, { range: [0, this.doseTop(model)], showticklabels: false, showgrid: false }),
      shapes: [
        ...limitShapes("y", range.HR, model.limits(model.shown("HR")), "both", tall("HR")),
        ...limitShapes("y2", range.SpO2, model.limits("SpO2"), "both", tall("SpO2")),
        ...cuffShapes(range.NIBP, model.limits("NIBP_sys"), model.limits("NIBP_dia"), of("NIBP")),
        ...eventShapes(this.events(model), toX),
      ],
    };
  }

  /** The rows' names lie over the figure: in it, they would be measured anew at each redraw.
   * @param {import("./model.js").Model} model @param {Record<string, number[]>} row
   * @param {{l: number, r: number, t: number, b: number}} margin @param {number} size */
  titles(model, row, margin, size) {
    const inner = (this.node.clientHeight || 500) - margin.t - margin.b;
    const dose = model.now.session?.infusion?.dose_mg;
    const names = [
      ["HR", model.shown("HR") === "PR" ? "PR" : "HR", "/min"], ["SpO2", "SpO₂", "%"],
      ["NIBP", "NIBP", "mmHg"],
      ...(dose ? [["dose", "", `dose as entered, of ${dose} mg`]] : []),
    ];
    this.titleRow.replaceChildren(...names.map(([key, name, rest]) => {
      const node = element("span", "cs-row-title", "");
      node.append(element("b", "", name), ` ${rest}`);
      const top = margin.t + (1 - row[key][1]) * inner;
      const side = key === "dose" ? `left:${margin.l + 8}px` : `right:${margin.r + 8}px`;
      node.style.cssText = `top:${top}px;${side};font-size:${key === "dose" ? 14 : size}px`;
      node.style.color = /** @type {any} */ (this.ink)[key];
      return node;
    }));
  }

  /** What happened in the session, the infusion's own start and stop among it.
   * @param {import("./model.js").Model} model */
  events(model) {
    const session = model.now.session;
    if (!session) return [];
    const { started_ms: start, stopped_ms: stop } = session.infusion ?? {};
    const events = (session.events ?? []).filter((/** @type {any} */ e) => e.mark !== false)
      .map((/** @type {any} */ e) =>
        e.kind === "infusion_start" ? { ...e, text: "Infusion started" } : e);
    const own = [
      ...(start ? [{ t_ms: start, text: "Infusion started" }] : []),
      ...(stop ? [{ t_ms: stop, text: single(session) ? "Recovery" : "Infusion stopped" }] : []),
    ];
    const told = (/** @type {any} */ mark) =>
      events.some((/** @type {any} */ e) => Math.abs(e.t_ms - mark.t_ms) < 3000);
    return [...events, ...own.filter((mark) => !told(mark))];
  }

  /** @param {import("./model.js").Model} model */
  scales(model) {
    const of = (/** @type {string} */ name) => {
      const e = model.trends[name].extent();
      return [...(e ? [e.low, e.high] : []), ...model.marks(name).map((m) => m.v)];
    };
    const bounds = (/** @type {string} */ name) => model.limits(name).map((l) => l.bound);
    const hr = model.shown("HR") === "PR" ? "PR" : "HR";
    const cuffs = model.cuffs.flatMap((c) => [c.sys, c.dia]).filter((v) => v !== null);
    return {
      dose: this.doseTop(model),
      HR: scale([40, 130], [...of(hr), ...bounds(hr)], 20, [0, 360]),
      SpO2: scale([85, 101], [...of("SpO2"), ...bounds("SpO2")], 5, [0, 101]),
      NIBP: scale([40, 180], [...cuffs, ...bounds("NIBP_sys"), ...bounds("NIBP_dia")], 20, [0, 320]),
    };
  }

  /** A value would leave its axis. @param {import("./model.js").Model} model */
  outgrown(model) {
    return this.ranges !== JSON.stringify(this.scales(model));
  }

  /** A length of 1 in the drawing, by the size of the screen. */
  unit() {
    return Math.min(2.2, Math.max(0.8, this.node.clientWidth / 1350));
  }

  setWindow() {
    if (this.zoomed) return;
    const range = [this.axis.toX(this.window.from), this.axis.toX(this.window.to)];
    this.Plotly.relayout(this.node, { "xaxis.range": range });
  }

  live() {
    this.setZoomed(false);
    if (this.made) this.setWindow();
  }

  /** @param {boolean} zoomed */
  setZoomed(zoomed) {
    this.zoomed = zoomed;
    this.liveButton.hidden = !zoomed;
  }

  /** The line of now lies over the figure, so that it can move without a redraw.
   * @param {number} now */
  placeNow(now) {
    const full = this.node._fullLayout;
    const x = full?.xaxis;
    if (!x?.d2p) return;
    const at = x.d2p(this.axis.toX(now));
    const inside = at >= 0 && at <= x._length;
    this.nowLine.hidden = !inside;
    if (!inside) return;
    this.nowLine.style.transform = `translateX(${Math.round(x._offset + at)}px)`;
    this.nowLine.style.top = `${full.margin.t}px`;
    this.nowLine.style.bottom = `${full.margin.b}px`;
  }
}
