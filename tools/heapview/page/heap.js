/* tools/heapview/page/heap.js - what the events do to the heap; model.py does the same.
 *
 * A region's blocks cover it without a gap.  An event puts its range into a state and cuts
 * whatever was there before, so that a trace which leaves something unsaid still gives a
 * picture that is true as far as it is known.
 * A heap goes forward event by event; keyframes make every jump as short as the way from
 * the nearest one. */

const STATE_FREE = 1, STATE_USED = 2, STATE_UNKNOWN = 3;
const KEYFRAMES = 64, KEYFRAME_EVENTS = 1024; /* at most so many, at least so far apart */

class Region {
  constructor(told) {
    this.unit = told.unit;
    this.lead = told.lead / told.unit;
    this.units = Math.floor(told.bytes / told.unit);
    this.state = new Uint8Array(this.units);
    this.length = new Uint32Array(this.units); /* in units */
    this.event = new Int32Array(this.units);   /* that made the block; -1: before all */
    this.bits = new Uint32Array((this.units >> 5) + 1); /* set where a block begins */
    this.clear();
  }

  clear() {
    this.state.fill(0);
    this.bits.fill(0);
    this.sums = [0, 0, 0, 0];   /* units, by state */
    this.requested = 0;
    this.freeBlocks = new Map(); /* length: how many */
    this.slabs = new Map();      /* block: objects in it, 0 if there were some */
  }

  /* The first unit of the block that holds a unit. */
  blockAt(unit) {
    let word = unit >> 5;
    let bits = this.bits[word] & (0xffffffff >>> (31 - (unit & 31)));
    while (bits === 0) bits = this.bits[--word];
    return (word << 5) + 31 - Math.clz32(bits);
  }

  insert(at, length, state, event, requested) {
    this.state[at] = state;
    this.length[at] = length;
    this.event[at] = event;
    this.bits[at >> 5] |= 1 << (at & 31);
    this.count(at, 1, requested);
  }

  remove(at, requested) {
    this.count(at, -1, requested);
    this.bits[at >> 5] &= ~(1 << (at & 31));
    this.state[at] = 0;
    this.slabs.delete(at);
  }

  count(at, sign, requested) {
    const state = this.state[at], length = this.length[at];
    this.sums[state] += sign * length;
    if (state === STATE_USED) this.requested += sign * requested;
    if (state !== STATE_FREE) return;
    const many = (this.freeBlocks.get(length) || 0) + sign;
    if (many === 0) this.freeBlocks.delete(length);
    else this.freeBlocks.set(length, many);
  }

  isNatural(at, length) {
    return (length & (length - 1)) === 0 && (at + this.lead) % length === 0;
  }

  /* What is left of a block that was cut: as a buddy would cut it, if it was one. */
  putBack(start, end, state, event, requested, whole) {
    while (start < end) {
      let length = end - start;
      if (!whole) {
        length = 2 ** Math.floor(Math.log2(length));
        while ((start + this.lead) % length !== 0) length /= 2;
      }
      this.insert(start, length, state, event, requested);
      start += length;
    }
  }

  largestFree() {
    let most = 0;
    for (const length of this.freeBlocks.keys()) most = Math.max(most, length);
    return most;
  }
}

class Heap {
  constructor(trace) {
    this.trace = trace;
    this.regions = trace.regions.map((told) => new Region(told));
    this.keyframes = [];
    this.reset();
    this.measure();
  }

  reset() {
    this.position = 0;
    this.objects = new Map(); /* region and offset in one number: event */
    for (const region of this.regions) {
      region.clear();
      region.insert(0, region.units, STATE_UNKNOWN, -1, 0);
    }
    for (const [number, offset, bytes, state] of this.trace.implied)
      this.fill(number, offset, bytes, state, -1);
  }

  requestedBy(event) {
    return event < 0 ? 0 : this.trace.requested[event];
  }

  /* The range becomes one block, whatever was there. */
  fill(number, offset, bytes, state, event) {
    const region = this.regions[number];
    const first = Math.floor(offset / region.unit);
    const end = Math.min(region.units, first + Math.max(1, Math.ceil(bytes / region.unit)));
    if (first >= end) return;
    let at = region.blockAt(first);
    while (at < end) {
      const length = region.length[at], old = region.state[at], by = region.event[at];
      const asked = this.requestedBy(by);
      const whole = old === STATE_UNKNOWN || !region.isNatural(at, length);
      region.remove(at, asked);
      region.putBack(at, first, old, by, asked, whole);
      if (at + length > end) region.putBack(end, at + length, old, by, asked, whole);
      at += length;
    }
    region.insert(first, end - first, state, event, this.requestedBy(event));
  }

  apply() {
    const { kind, region, offset, bytes } = this.trace;
    const i = this.position++;
    if (region[i] === OUTSIDE) return;
    switch (kind[i]) {
    case TAKE: this.object(region[i], offset[i], i); break;
    case PUT: this.object(region[i], offset[i], -1); break;
    case SPLIT:
      this.fill(region[i], offset[i], bytes[i] / 2, STATE_FREE, i);
      this.fill(region[i], offset[i] + bytes[i] / 2, bytes[i] / 2, STATE_FREE, i);
      break;
    case ALLOC: case HAVE_USED: this.fill(region[i], offset[i], bytes[i], STATE_USED, i); break;
    default: this.fill(region[i], offset[i], bytes[i], STATE_FREE, i);
    }
  }

  /* An object is taken by an event, or put back (-1). */
  object(number, offset, event) {
    const region = this.regions[number], key = number * 2 ** 44 + offset;
    const had = this.objects.has(key);
    if (event >= 0) this.objects.set(key, event);
    else this.objects.delete(key);
    const block = region.blockAt(Math.floor(offset / region.unit));
    const change = (event >= 0 ? 1 : 0) - (had ? 1 : 0);
    region.slabs.set(block, Math.max(0, (region.slabs.get(block) || 0) + change));
  }

  /* ---- jumps ---- */

  keep() {
    const blocks = this.regions.map((region) => {
      const starts = [];
      for (let at = 0; at < region.units; at += region.length[at]) starts.push(at);
      return { starts: Uint32Array.from(starts),
        length: Uint32Array.from(starts, (at) => region.length[at]),
        state: Uint8Array.from(starts, (at) => region.state[at]),
        event: Int32Array.from(starts, (at) => region.event[at]),
        slabs: new Map(region.slabs) };
    });
    this.keyframes.push({ position: this.position, blocks, objects: new Map(this.objects) });
  }

  restore(keyframe) {
    this.position = keyframe.position;
    this.objects = new Map(keyframe.objects);
    keyframe.blocks.forEach((kept, number) => {
      const region = this.regions[number];
      region.clear();
      kept.starts.forEach((at, i) => region.insert(at, kept.length[i], kept.state[i],
        kept.event[i], this.requestedBy(kept.event[i])));
      region.slabs = new Map(kept.slabs);
    });
  }

  seek(position) {
    const nearest = Math.min(this.keyframes.length - 1, Math.floor(position / this.every));
    const keyframe = this.keyframes[nearest];
    if (position < this.position || keyframe.position > this.position) this.restore(keyframe);
    while (this.position < position) this.apply();
  }

  /* ---- figures ---- */

  /* { used, requested, free, unknown, largest, total } in bytes, of one space. */
  totals(space) {
    const sum = { used: 0, requested: 0, free: 0, unknown: 0, largest: 0, total: 0 };
    this.regions.forEach((region, number) => {
      if (this.trace.regions[number].space !== space) return;
      sum.free += region.sums[STATE_FREE] * region.unit;
      sum.used += region.sums[STATE_USED] * region.unit;
      sum.unknown += region.sums[STATE_UNKNOWN] * region.unit;
      sum.requested += region.requested;
      sum.largest = Math.max(sum.largest, region.largestFree() * region.unit);
    });
    sum.total = sum.free + sum.used + sum.unknown;
    sum.fragmentation = sum.free > 0 ? 100 * (sum.free - sum.largest) / sum.free : 0;
    return sum;
  }

  /* One pass over all events: the keyframes, and the figures over time. */
  measure() {
    const count = this.trace.count;
    this.every = Math.max(KEYFRAME_EVENTS, Math.ceil(count / KEYFRAMES));
    const step = Math.max(1, Math.ceil(count / 1500));
    const spaces = [...new Set(this.trace.regions.map((region) => region.space))];
    this.series = new Map(spaces.map((space) => [space, []]));
    for (;;) {
      if (this.position % this.every === 0) this.keep();
      if (this.position % step === 0 || this.position === count)
        for (const space of spaces)
          this.series.get(space).push({ position: this.position, ...this.totals(space) });
      if (this.position === count) break;
      this.apply();
    }
  }

  /* Free blocks of a space by size: [[bytes, how many]], the largest first. */
  freeLists(space) {
    const lists = new Map();
    this.regions.forEach((region, number) => {
      if (this.trace.regions[number].space !== space) return;
      for (const [length, many] of region.freeBlocks) {
        const bytes = 2 ** Math.floor(Math.log2(length * region.unit));
        lists.set(bytes, (lists.get(bytes) || 0) + many);
      }
    });
    return [...lists].sort((a, b) => b[0] - a[0]);
  }

  /* The block, or the object, at an offset. */
  find(number, offset) {
    const region = this.regions[number];
    const at = region.blockAt(Math.min(region.units - 1, Math.floor(offset / region.unit)));
    return { region: number, offset: at * region.unit, bytes: region.length[at] * region.unit,
      state: region.state[at], event: region.event[at], objects: region.slabs.get(at) };
  }

  /* What is in use: { region, offset, bytes, event }, an object by itself, a slab for what
   * its objects leave of it. */
  holdings() {
    const out = [], inSlabs = new Map();
    for (const [key, event] of this.objects) {
      const number = Math.floor(key / 2 ** 44), offset = key % 2 ** 44;
      const bytes = this.trace.bytes[event], region = this.regions[number];
      const slab = number * 2 ** 44 + region.blockAt(Math.floor(offset / region.unit));
      inSlabs.set(slab, (inSlabs.get(slab) || 0) + bytes);
      out.push({ region: number, offset, bytes, event });
    }
    this.regions.forEach((region, number) => {
      for (let at = 0; at < region.units; at += region.length[at]) {
        if (region.state[at] !== STATE_USED) continue;
        const taken = inSlabs.get(number * 2 ** 44 + at) || 0;
        const bytes = region.length[at] * region.unit - taken;
        if (bytes > 0) out.push({ region: number, offset: at * region.unit, bytes,
          event: region.event[at], isSlab: taken > 0 });
      }
    });
    return out;
  }
}
