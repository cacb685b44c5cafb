/* tools/heapview/page/trace.js - the events of a trace, from the columns that page.py wrote.
 *
 * Not here: what they do (heap.js), how they are told (sentence.js).
 * A position is the number of events that have happened: at position p the last one was
 * event p - 1. */

const KINDS = ['have-free', 'have-used', 'alloc', 'free', 'split', 'merge', 'take', 'put'];
const HAVE_FREE = 0, HAVE_USED = 1, ALLOC = 2, FREE = 3, SPLIT = 4, MERGE = 5, TAKE = 6, PUT = 7;
const OUTSIDE = 255;

/* Numbers of seven bits a byte, the lowest first.  Multiplied, not shifted: they may have
 * more than 32 bits. */
function unpack(base64, count, signedDeltas) {
  const text = atob(base64);
  const out = new Float64Array(count);
  let at = 0, last = 0;
  for (let i = 0; i < count; i++) {
    let value = 0, scale = 1, byte;
    do {
      byte = text.charCodeAt(at++);
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    if (signedDeltas) {
      value = last + (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
      last = value;
    }
    out[i] = value;
  }
  return out;
}

class Trace {
  constructor(data) {
    const { columns, count } = data;
    Object.assign(this, data);
    this.kind = Uint8Array.from(unpack(columns.kind, count, false));
    this.region = Uint8Array.from(unpack(columns.region, count, false));
    this.offset = unpack(columns.offset, count, true);
    this.time = unpack(columns.time, count, true);
    this.bytes = unpack(columns.bytes, count, false);
    this.requested = unpack(columns.requested, count, false);
    this.pid = unpack(columns.pid, count, false);
    this.hart = unpack(columns.hart, count, false);
    this.steps = unpack(columns.steps, count, false);
    this.stack = unpack(columns.stack, count, false);
    this.starts = this.regions.map((region) => BigInt(region.start));
    this.columns = null;
    this.findRequests();
  }

  /* requestEnds[n]: the position after the n-th alloc or free, with the splits before it and
   * the merges behind it; stepSums[n]: the steps up to there. */
  findRequests() {
    const ends = [this.snapshot], sums = [0], worst = [0];
    let ahead = 0; /* steps of splits, for the request that they serve */
    for (let i = this.snapshot; i < this.count; i++) {
      const kind = this.kind[i];
      if (kind === SPLIT) {
        ahead += this.steps[i];
        continue;
      }
      if (kind === ALLOC || kind === FREE) {
        ends.push(i + 1);
        sums.push(sums[sums.length - 1] + ahead);
        worst.push(worst[worst.length - 1]);
        ahead = 0;
      } else if (kind === MERGE && this.kind[ends[ends.length - 1] - 1] !== ALLOC) {
        ends[ends.length - 1] = i + 1;
      }
      const n = sums.length - 1;
      sums[n] += this.steps[i];
      worst[n] = Math.max(worst[n], sums[n] - (n > 0 ? sums[n - 1] : 0));
    }
    this.requestEnds = ends;
    this.stepSums = sums;
    this.worstSteps = worst;
  }

  /* How many requests have ended at a position. */
  requestsAt(position) {
    let low = 0, high = this.requestEnds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.requestEnds[middle] <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  address(region, offset) {
    if (region === OUTSIDE) return '?';
    return '0x' + (this.starts[region] + BigInt(offset)).toString(16);
  }

  /* { region, offset } of an address as text, null if it is none or in no region. */
  locate(text) {
    const digits = text.trim().replace(/^0x/i, '');
    if (!/^[0-9a-f]+$/i.test(digits) || digits.length > 16) return null;
    const address = BigInt('0x' + digits);
    for (let region = 0; region < this.regions.length; region++) {
      const offset = address - this.starts[region];
      if (offset >= 0n && offset < BigInt(this.regions[region].bytes))
        return { region, offset: Number(offset) };
    }
    return null;
  }

  process(pid) {
    return this.processes[pid] || `process ${pid}`;
  }

  /* The names of an event's callers, innermost first. */
  callers(event) {
    return this.stacks[this.stack[event]].map((number) => this.functions[number]);
  }
}
