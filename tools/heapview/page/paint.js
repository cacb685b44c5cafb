/* tools/heapview/page/paint.js - the buddy tree and the memory bar of one region, on a canvas.
 *
 * Each row is one block size, the largest at the top; a block that was split is a branch
 * over its halves.  Only what is visible is drawn, and what is narrower than a pixel is
 * drawn once a pixel, so that a frame costs about one look at each visible block.
 * Not here: what is shown, and the animation's clock (stage.js). */

const BAR_HEIGHT = 34, OVERVIEW_HEIGHT = 16, GAP = 10;

function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ['card', 'ink', 'quiet', 'line', 'used', 'used-ink', 'slab', 'slack', 'free',
    'free-line', 'unknown', 'event', 'branch'];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

let hatch = null; /* the pattern of unknown memory, for the current colours */

function hatchOf(context, colour) {
  if (hatch && hatch.colour === colour) return hatch.pattern;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const c = tile.getContext('2d');
  c.strokeStyle = colour;
  c.lineWidth = 1.5;
  for (const x of [-8, 0, 8]) {
    c.beginPath();
    c.moveTo(x, 8);
    c.lineTo(x + 8, 0);
    c.stroke();
  }
  hatch = { colour, pattern: context.createPattern(tile, 'repeat') };
  return hatch.pattern;
}

class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
  }

  /* Fit the canvas to its place; sets what all drawing needs of `view`, which is
   * { heap, number, from, to (offsets), rows: [bytes], motion, event }. */
  begin(view) {
    const { canvas, context } = this;
    const ratio = window.devicePixelRatio || 1;
    this.view = view;
    this.region = view.heap.regions[view.number];
    this.width = canvas.clientWidth;
    this.left = this.width < 500 ? 54 : 62;
    this.right = this.width - (this.width < 500 ? 38 : 44);
    this.rowHeight = this.width < 500 ? 17 : 20;
    this.top = OVERVIEW_HEIGHT + GAP + 14;
    this.barTop = this.top + view.rows.length * this.rowHeight + GAP;
    this.height = this.barTop + BAR_HEIGHT + 20;
    this.scale = (this.right - this.left) / (view.to - view.from);
    if (canvas.width !== Math.round(this.width * ratio)
        || canvas.height !== Math.round(this.height * ratio)) {
      canvas.style.height = `${this.height}px`;
      canvas.width = Math.round(this.width * ratio);
      canvas.height = Math.round(this.height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.colour = colours();
    context.clearRect(0, 0, this.width, this.height);
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = 'middle';
  }

  draw(view) {
    this.begin(view);
    this.drawOverview();
    this.drawLabels();
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(this.left - 1, this.top - 2, this.right - this.left + 2, this.height);
    context.clip();
    this.drawBranches();
    this.drawBlocks();
    this.drawBar(this.left, this.right, view.from, view.to, this.barTop, BAR_HEIGHT);
    this.drawEvent();
    context.restore();
    this.drawEnds();
  }

  x(offset) {
    return this.left + (offset - this.view.from) * this.scale;
  }

  row(bytes) {
    const { rows } = this.view;
    const index = Math.floor(Math.log2(rows[0])) - Math.floor(Math.log2(bytes));
    return Math.max(0, Math.min(rows.length - 1, index));
  }

  rowTop(row) {
    return this.top + row * this.rowHeight;
  }

  offsetAt(x) {
    return this.view.from + (x - this.left) / this.scale;
  }

  /* ---- the parts ---- */

  drawOverview() {
    const { context, colour, view } = this;
    const all = this.region.units * this.region.unit;
    this.drawBar(this.left, this.right, 0, all, 1, OVERVIEW_HEIGHT);
    const scale = (this.right - this.left) / all;
    const x = this.left + view.from * scale, width = Math.max(3, (view.to - view.from) * scale);
    if (view.from === 0 && view.to === all) return;
    context.strokeStyle = context.fillStyle = colour.ink;
    context.lineWidth = 1.5;
    context.strokeRect(x - 1, 0.75, width + 2, OVERVIEW_HEIGHT + 0.5);
    context.globalAlpha = 0.1; /* a lens: what is below is this part of the whole */
    context.beginPath();
    context.moveTo(x - 1, OVERVIEW_HEIGHT + 1.5);
    context.lineTo(x + width + 1, OVERVIEW_HEIGHT + 1.5);
    context.lineTo(this.right, this.top - 3);
    context.lineTo(this.left, this.top - 3);
    context.fill();
    context.globalAlpha = 1;
  }

  drawLabels() {
    const { context, colour, view } = this;
    view.rows.forEach((bytes, row) => {
      const y = this.rowTop(row) + this.rowHeight / 2;
      context.fillStyle = row % 2 ? colour.card : colour.free;
      context.globalAlpha = 0.35;
      context.fillRect(this.left, this.rowTop(row), this.right - this.left, this.rowHeight);
      context.globalAlpha = 1;
      context.fillStyle = colour.quiet;
      context.textAlign = 'right';
      context.fillText(formatBytes(bytes), this.left - 6, y);
      const many = view.free.get(bytes);
      if (!many) return;
      context.textAlign = 'left';
      context.fillStyle = colour.ink;
      context.fillText(`×${shortNumber(many)}`, this.right + 6, y);
    });
  }

  /* A branch for each split block: a line over its width, down to its halves. */
  drawBranches() {
    const { context, colour, region, view } = this;
    context.strokeStyle = colour.branch;
    context.lineWidth = 1;
    view.rows.forEach((bytes, row) => {
      context.beginPath();
      if (bytes * this.scale < 6 || bytes / 2 < region.unit) return;
      const lead = region.lead * region.unit % bytes;
      const y = Math.round(this.rowTop(row) + this.rowHeight / 2) + 0.5;
      for (let at = Math.floor((view.from + lead) / bytes) * bytes - lead; at < view.to; at += bytes) {
        if (at < 0 || at + bytes > region.units * region.unit) continue;
        const unit = Math.floor(at / region.unit), block = region.blockAt(unit);
        if (block !== unit || region.length[block] * region.unit >= bytes) continue;
        const half = unit + bytes / 2 / region.unit; /* begins a block, unless no buddy runs this */
        if (region.blockAt(half) !== half) continue;
        const a = this.x(at + bytes / 4), b = this.x(at + bytes * 3 / 4);
        const foot = this.rowTop(row + 1) + 1;
        context.moveTo(a, foot);
        context.lineTo(a, y);
        context.lineTo(b, y);
        context.lineTo(b, foot);
        context.moveTo(this.x(at + bytes / 2), y);
        context.lineTo(this.x(at + bytes / 2), this.rowTop(row) + 1);
      }
      /* What is larger than the part shown is there to be known, not to be looked at. */
      context.globalAlpha = bytes > 2 * (view.to - view.from) ? 0.4 : 1;
      context.stroke();
      context.globalAlpha = 1;
    });
  }

  fillOf(state, isSlab) {
    if (state === STATE_UNKNOWN) return hatchOf(this.context, this.colour.unknown);
    if (state === STATE_FREE) return this.colour.free;
    return isSlab ? this.colour.slab : this.colour.used;
  }

  drawBlocks() {
    const { region, view } = this;
    const last = view.rows.map(() => [-1, -1, -1, -1]); /* x of the last thin one, by state */
    let at = region.blockAt(Math.max(0, Math.floor(view.from / region.unit)));
    const end = Math.min(region.units, Math.ceil(view.to / region.unit));
    for (; at < end; at += region.length[at]) {
      const bytes = region.length[at] * region.unit;
      const x = this.x(at * region.unit), width = bytes * this.scale;
      const row = this.row(bytes), state = region.state[at];
      if (width >= 1.5) {
        this.drawBlock(at, x, width, this.rowTop(row));
      } else if (Math.floor(x) !== last[row][state]) {
        last[row][state] = Math.floor(x);
        this.context.fillStyle = state === STATE_FREE ? this.colour['free-line'] : this.fillOf(state);
        this.context.fillRect(Math.floor(x), this.rowTop(row) + 3, 1, this.rowHeight - 5);
      }
    }
  }

  drawBlock(at, x, width, top) {
    const { context, colour, region, view } = this;
    const height = this.rowHeight - 4, state = region.state[at];
    const inset = width > 5 ? 1 : 0, isSlab = region.slabs.has(at);
    const bytes = region.length[at] * region.unit;
    context.fillStyle = this.fillOf(state, isSlab);
    context.beginPath();
    context.roundRect(x + inset, top + 2, width - 2 * inset, height, width > 12 ? 3 : 0);
    context.fill();
    if (isSlab) {
      context.fillStyle = colour.used;
      for (let line = x + 5; line < x + width - 2; line += 5) context.fillRect(line, top + 2, 1, height);
    } else if (state === STATE_USED) {
      const asked = view.heap.requestedBy(region.event[at]);
      const slack = asked > 0 ? Math.max(0, 1 - asked / bytes) * (width - 2 * inset) : 0;
      if (slack > 1) {
        context.fillStyle = colour.slack;
        context.fillRect(x + width - inset - slack, top + 2, slack, height);
      }
    } else if (state !== STATE_USED && width > 3) {
      context.strokeStyle = state === STATE_FREE ? colour['free-line'] : colour.unknown;
      context.lineWidth = 1;
      context.stroke();
    }
    this.drawName(x + inset, top + 2 + height / 2, width - 8, state, bytes, isSlab);
  }

  drawName(x, y, room, state, bytes, isSlab) {
    if (room < 26 || state === STATE_UNKNOWN) return;
    const { context, colour } = this;
    const text = isSlab && room > 80 ? `${formatBytes(bytes)} slab` : formatBytes(bytes);
    if (context.measureText(text).width > room - 2) return;
    context.textAlign = 'left';
    context.fillStyle = state === STATE_USED ? colour['used-ink'] : colour.quiet;
    context.fillText(text, Math.max(x, this.left) + 4, y + 0.5);
  }

  /* The memory itself: how much of each pixel's column is in use. */
  drawBar(left, right, from, to, top, height) {
    const { context, colour, region } = this;
    const width = Math.max(1, Math.floor(right - left)), scale = width / (to - from);
    const used = new Float32Array(width + 1), unknown = new Float32Array(width + 1);
    const end = Math.min(region.units, Math.ceil(to / region.unit));
    const edges = [];
    let at = region.blockAt(Math.max(0, Math.floor(from / region.unit)));
    for (; at < end; at += region.length[at]) {
      const a = Math.max(0, (at * region.unit - from) * scale);
      const b = Math.min(width, ((at + region.length[at]) * region.unit - from) * scale);
      if (b - a > 5) edges.push(a);
      if (region.state[at] === STATE_FREE) continue;
      addCover(region.state[at] === STATE_USED ? used : unknown, a, b);
    }
    context.fillStyle = colour.free;
    context.fillRect(left, top, width, height);
    paintCover(context, used, colour.used, left, top, height);
    paintCover(context, unknown, hatchOf(context, colour.unknown), left, top, height);
    context.fillStyle = colour.card;
    for (const edge of edges) context.fillRect(left + Math.round(edge), top, 1, height);
    context.strokeStyle = colour['free-line'];
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  }

  /* Mark what the event touches; on the way, its halves move between two rows. */
  drawEvent() {
    const { context, colour, view } = this;
    const touched = view.event;
    if (!touched) return;
    const { offset, bytes, kind } = touched, motion = view.motion;
    const row = this.row(bytes);
    context.strokeStyle = colour.event;
    context.lineWidth = 2;
    if (kind === SPLIT || (kind === MERGE && motion < 1)) {
      const down = kind === SPLIT ? motion : 1 - motion;
      const top = this.rowTop(row) + down * this.rowHeight;
      for (const at of [offset, offset + bytes / 2]) {
        const fade = kind === MERGE || motion < 1;
        if (fade) {
          context.fillStyle = colour.free;
          this.ring(at, bytes / 2, top, true);
        } else {
          this.ring(at, bytes / 2, top, false);
        }
      }
    } else {
      context.globalAlpha = kind === MERGE ? 1 : 0.25 + 0.75 * motion;
      this.ring(offset, bytes, this.rowTop(row), false);
      context.globalAlpha = 1;
    }
    const x = this.x(offset), width = Math.max(2, bytes * this.scale);
    context.strokeRect(x - 1, this.barTop - 2, width + 2, BAR_HEIGHT + 4);
  }

  ring(offset, bytes, top, filled) {
    const { context } = this;
    const width = Math.max(2, bytes * this.scale);
    context.beginPath();
    context.roundRect(this.x(offset), top + 1, width, this.rowHeight - 2, Math.min(4, width / 2));
    if (filled) context.fill();
    context.stroke();
  }

  drawEnds() {
    const { context, colour, view } = this;
    const { trace } = view.heap;
    const y = this.barTop + BAR_HEIGHT + 11;
    context.fillStyle = colour.quiet;
    context.textAlign = 'left';
    context.fillText(trace.address(view.number, Math.round(view.from)), this.left, y);
    context.textAlign = 'right';
    context.fillText(trace.address(view.number, Math.round(view.to)), this.right, y);
    if (this.width < 560) return;
    context.textAlign = 'center';
    context.fillText(formatBytes(Math.round(view.to - view.from)), (this.left + this.right) / 2, y);
  }
}

/* Add the share that [a, b) covers of each column. */
function addCover(columns, a, b) {
  let x = Math.floor(a);
  if (b <= x + 1) {
    columns[x] += b - a;
    return;
  }
  columns[x] += x + 1 - a;
  for (x++; x + 1 <= b; x++) columns[x] = 1;
  if (x < b) columns[x] += b - x;
}

/* Paint the columns, equal neighbours together. */
function paintCover(context, columns, fill, left, top, height) {
  context.fillStyle = fill;
  for (let x = 0; x < columns.length - 1;) {
    const level = Math.round(columns[x] * 12);
    let end = x + 1;
    while (end < columns.length - 1 && Math.round(columns[end] * 12) === level) end++;
    if (level > 0) {
      context.globalAlpha = level / 12;
      context.fillRect(left + x, top, end - x, height);
    }
    x = end;
  }
  context.globalAlpha = 1;
}
