/* tools/heapview/page/stage.js - one trace on its stage: which region, which part of it, and
 * the way from one picture to the next.
 *
 * Not here: the drawing (paint.js), the clock of the playing (player.js).
 * A stage draws itself when something has changed or still moves, and never otherwise. */

const MOTION_MS = 320;
const FOLLOWED_BLOCKS = 16; /* a followed block is shown with this much around it */

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

class Stage {
  constructor(trace, parent, onPick) {
    this.trace = trace;
    this.heap = new Heap(trace);
    this.onPick = onPick;
    this.follows = true;
    this.motionStart = -Infinity;
    this.selected = null;
    this.build(parent);
    this.painter = new Painter(this.canvas);
    this.pickRegion(this.startRegion());
  }

  /* The region where the first thing happens. */
  startRegion() {
    const first = this.trace.region[Math.min(this.trace.snapshot, this.trace.count - 1)];
    return first === undefined || first === OUTSIDE ? 0 : first;
  }

  build(parent) {
    const button = (text, label, action) =>
      make('button', { 'data-label': label, onclick: action }, text);
    this.regionButtons = make('div', { class: 'regions', role: 'group' });
    this.followButton = make('button', { 'data-word': 'follow', title: '',
      onclick: () => this.toggleFollow() });
    this.canvas = make('canvas', { role: 'img', tabindex: '0' });
    this.sentence = make('p', { class: 'stage-sentence' });
    this.element = make('section', { class: 'stage' },
      make('div', { class: 'stage-head' }, make('h2', {}, this.trace.name), this.regionButtons,
        make('div', { class: 'tools' }, this.followButton,
          button('−', 'zoomOut', () => this.zoom(2)), button('+', 'zoomIn', () => this.zoom(0.5)),
          make('button', { 'data-word': 'all', onclick: () => this.showAll() }))),
      this.sentence, this.canvas);
    parent.append(this.element);
    this.trace.regions.forEach((told, number) => this.regionButtons.append(make('button',
      { onclick: () => { this.setFollow(false); this.pickRegion(number); } },
      `${told.space} ${told.start}`)));
    this.regionButtons.hidden = this.trace.regions.length < 2;
    this.listen();
    this.setFollow(true);
    new ResizeObserver(() => this.invalidate()).observe(this.canvas);
  }

  listen() {
    const { canvas } = this;
    let dragged = null;
    canvas.addEventListener('pointerdown', (event) => {
      dragged = { x: event.clientX, from: this.from, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!dragged) return this.hover(event);
      const shift = (dragged.x - event.clientX) / this.painter.scale;
      if (Math.abs(dragged.x - event.clientX) > 4) dragged.moved = true;
      if (dragged.moved) this.setView(dragged.from + shift, dragged.from + shift + this.to - this.from);
    });
    canvas.addEventListener('pointerup', (event) => {
      if (dragged && !dragged.moved) this.pick(event);
      else this.setFollow(false);
      dragged = null;
    });
    canvas.addEventListener('pointerleave', () => { document.getElementById('tip').hidden = true; });
    canvas.addEventListener('dblclick', (event) => this.zoom(0.25, this.offsetOf(event)));
    canvas.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.shiftKey) return; /* the page scrolls */
      event.preventDefault();
      this.zoom(event.deltaY + event.deltaX > 0 ? 1.25 : 0.8, this.offsetOf(event));
    }, { passive: false });
  }

  /* ---- what is shown ---- */

  get bytes() {
    const region = this.heap.regions[this.number];
    return region.units * region.unit;
  }

  pickRegion(number) {
    this.number = number;
    const told = this.trace.regions[number];
    this.rows = [];
    for (let bytes = 2 ** Math.floor(Math.log2(told.bytes)); bytes >= told.unit; bytes /= 2)
      this.rows.push(bytes);
    [...this.regionButtons.children].forEach((button, i) =>
      button.setAttribute('aria-pressed', String(i === number)));
    this.from = this.target = 0;
    this.to = this.bytes;
    this.moveTo(0, this.bytes, false);
  }

  setFollow(follows) {
    this.follows = follows;
    this.followButton.setAttribute('aria-pressed', String(follows));
  }

  toggleFollow() {
    this.setFollow(!this.follows);
    if (this.follows) this.follow(true);
  }

  /* Keep a wanted part inside of the region, and no smaller than a few smallest blocks. */
  clamp(from, to) {
    const least = Math.min(this.bytes, 8 * this.trace.regions[this.number].unit);
    const size = Math.max(least, Math.min(this.bytes, to - from));
    const middle = Math.max(size / 2, Math.min(this.bytes - size / 2, (from + to) / 2));
    return [middle - size / 2, middle + size / 2];
  }

  setView(from, to) {
    [this.from, this.to] = this.clamp(from, to);
    this.move = null;
    this.invalidate();
  }

  moveTo(from, to, smoothly) {
    [from, to] = this.clamp(from, to);
    if (!smoothly || calm.matches) return this.setView(from, to);
    this.move = { start: performance.now(), from: this.from, to: this.to, toFrom: from, toTo: to };
    this.invalidate();
    return undefined;
  }

  zoom(factor, around) {
    this.setFollow(false);
    const { from, to } = this.move ? { from: this.move.toFrom, to: this.move.toTo } : this;
    const middle = around === undefined ? (from + to) / 2 : around;
    this.moveTo(middle - (middle - from) * factor, middle + (to - middle) * factor, true);
  }

  pan(share) {
    this.setFollow(false);
    const shift = (this.to - this.from) * share;
    this.moveTo(this.from + shift, this.to + shift, true);
  }

  showAll() {
    this.setFollow(false);
    this.moveTo(0, this.bytes, true);
  }

  /* Go where a block can be seen, unless it can be seen already. */
  reveal(number, offset, bytes, smoothly) {
    if (number !== this.number) {
      this.pickRegion(number);
      smoothly = false;
    }
    const from = this.move ? this.move.toFrom : this.from, to = this.move ? this.move.toTo : this.to;
    const pixels = bytes / (to - from) * this.canvas.clientWidth;
    const inside = offset >= from && offset + bytes <= to;
    if (inside && pixels >= 18 && bytes <= (to - from) * 0.6) return;
    if (inside && to - from >= this.bytes && bytes >= this.bytes / 40) return;
    const size = Math.min(this.bytes, bytes * FOLLOWED_BLOCKS);
    const lead = this.trace.regions[number].lead % size;
    const start = Math.floor((offset + lead) / size) * size - lead;
    this.moveTo(start, start + size, smoothly);
  }

  /* ---- what happened ---- */

  get event() {
    const event = this.heap.position - 1;
    if (event < 0 || this.heap.position === this.trace.snapshot
        || this.trace.region[event] !== this.number) return null;
    return { kind: this.trace.kind[event], offset: this.trace.offset[event],
      bytes: this.trace.bytes[event] };
  }

  follow(smoothly) {
    const event = this.heap.position - 1;
    if (!this.follows || event < 0 || this.heap.position <= this.trace.snapshot) return;
    if (this.trace.region[event] === OUTSIDE) return;
    this.reveal(this.trace.region[event], this.trace.offset[event], this.trace.bytes[event], smoothly);
  }

  /* Show a position; a step is animated, and followed when there is time to look. */
  show(position, { animate = false, follow = false } = {}) {
    this.heap.seek(position);
    if (follow) this.follow(animate);
    this.motionStart = animate && !calm.matches ? performance.now() : -Infinity;
    this.invalidate();
  }

  /* ---- the picture ---- */

  invalidate() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.draw(now);
    });
  }

  draw(now) {
    const motion = ease(Math.min(1, (now - this.motionStart) / MOTION_MS));
    if (this.move) {
      const { start, from, to, toFrom, toTo } = this.move;
      const t = ease(Math.min(1, (now - start) / MOTION_MS));
      [this.from, this.to] = between(from, to, toFrom, toTo, Math.max(0, t));
      if (t >= 1) this.move = null;
    }
    const space = this.trace.regions[this.number].space;
    this.painter.draw({ heap: this.heap, number: this.number, from: this.from, to: this.to,
      rows: this.rows, event: this.event, motion: Math.max(0, motion),
      free: new Map(this.heap.freeLists(space)) });
    if (motion < 1 || this.move) this.invalidate();
  }

  describe() {
    const totals = this.heap.totals(this.trace.regions[this.number].space);
    this.canvas.setAttribute('aria-label', word('treeLabel', { name: this.trace.name,
      used: formatBytes(totals.used), total: formatBytes(totals.total),
      percent: totals.fragmentation.toFixed(0) }));
    this.followButton.title = word('followLong');
  }

  /* ---- the pointer ---- */

  offsetOf(event) {
    return this.painter.offsetAt(event.clientX - this.canvas.getBoundingClientRect().left);
  }

  blockUnder(event) {
    if (!this.painter.view) return null; /* nothing is drawn yet */
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    if (x < this.painter.left || x > this.painter.right) return null;
    const overview = event.clientY - box.top <= OVERVIEW_HEIGHT + 2;
    const share = (x - this.painter.left) / (this.painter.right - this.painter.left);
    const offset = overview ? share * this.bytes : this.offsetOf(event);
    return this.heap.find(this.number, Math.max(0, Math.min(this.bytes - 1, Math.floor(offset))));
  }

  hover(event) {
    const tip = document.getElementById('tip'), block = this.blockUnder(event);
    tip.hidden = !block;
    if (!block) return;
    const kind = ['', 'free', block.objects === undefined ? 'used' : 'slab', 'unknown'][block.state];
    const who = block.state === STATE_USED ? ` · ${whoOf(this.trace, block.event)}` : '';
    tip.textContent = `${this.trace.address(this.number, block.offset)} · `
      + `${formatBytes(block.bytes)} · ${word(kind)}${who}`;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 12;
    tip.style.left = `${Math.max(4, Math.min(event.pageX + 14, room))}px`;
    tip.style.top = `${event.pageY + 18}px`;
  }

  pick(event) {
    const block = this.blockUnder(event);
    if (!block) return;
    const box = this.canvas.getBoundingClientRect();
    if (event.clientY - box.top <= OVERVIEW_HEIGHT + 2) {
      this.setFollow(false);
      const half = (this.to - this.from) / 2;
      this.moveTo(block.offset - half, block.offset + half, true);
    }
    this.onPick(this, this.trace.address(this.number, block.offset));
  }
}

function ease(t) {
  return t >= 1 ? 1 : 1 - (1 - t) ** 3;
}

/* From one part to another: the size changes by the same factor each moment, and what both
 * parts show stays in place. */
function between(from, to, toFrom, toTo, t) {
  const size = to - from, toSize = toTo - toFrom;
  if (Math.abs(size - toSize) < 1) return [from + (toFrom - from) * t, to + (toTo - to) * t];
  const now = size * (toSize / size) ** t;
  const done = (size - now) / (size - toSize);
  const start = from + (toFrom - from) * done;
  return [start, start + now];
}
