/* tools/heapview/page/player.js - the clock: where we are, and how fast it goes on.
 *
 * One trace is played event by event.  Two are played request by request, the n-th of one
 * beside the n-th of the other.  `tick` is the position on that clock, from `first`, where the
 * snapshot is complete, to `last`. */

const SPEEDS = [1, 2, 5, 10, 25, 50, 100, 250, 1000, 5000, 20000]; /* ticks a second */
const SLOW = 5; /* up to here each step is animated and followed */

class Player {
  constructor(stages, onChange) {
    this.stages = stages;
    this.onChange = onChange;
    this.isPair = stages.length > 1;
    this.last = this.isPair ? Math.max(...stages.map((s) => s.trace.requestEnds.length - 1))
      : stages[0].trace.count;
    this.first = this.isPair ? 0 : stages[0].trace.snapshot;
    this.tick = this.first;
    this.speed = 1;
    this.playing = false;
  }

  /* A tick as a share of the way, and back. */
  shareOf(tick) {
    return (tick - this.first) / Math.max(1, this.last - this.first);
  }

  tickAt(share) {
    return this.first + share * (this.last - this.first);
  }

  positionOf(stage, tick) {
    const ends = stage.trace.requestEnds;
    if (!this.isPair) return tick;
    return tick >= ends.length - 1 ? stage.trace.count : ends[tick];
  }

  /* how: { animate, follow } */
  go(tick, how) {
    this.tick = Math.max(this.first, Math.min(this.last, Math.round(tick)));
    for (const stage of this.stages) stage.show(this.positionOf(stage, this.tick), how);
    this.onChange();
  }

  step(ticks) {
    this.pause();
    this.go(this.tick + ticks, { animate: Math.abs(ticks) === 1, follow: true });
  }

  /* To the next (1) or previous (-1) end of an alloc or free. */
  request(direction) {
    if (this.isPair) return this.step(direction);
    const { trace } = this.stages[0];
    const now = trace.requestsAt(this.tick);
    const inside = direction < 0 && trace.requestEnds[now] < this.tick;
    const next = Math.max(0, Math.min(trace.requestEnds.length - 1, now + (inside ? 0 : direction)));
    this.pause();
    return this.go(trace.requestEnds[next], { animate: true, follow: true });
  }

  jump(tick) {
    this.pause();
    this.go(tick, { follow: true });
  }

  toEvent(stage, event) {
    this.jump(this.isPair ? stage.trace.requestsAt(event) + (stage.trace.kind[event] === MERGE ? 0 : 1)
      : event + 1);
  }

  setSpeed(speed) {
    this.speed = Math.max(0, Math.min(SPEEDS.length - 1, speed));
    this.onChange();
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  toggle() {
    if (this.playing) {
      this.pause();
      this.onChange();
      return;
    }
    if (this.tick >= this.last) this.go(this.first, {});
    this.playing = true;
    this.due = 0;
    this.before = performance.now();
    this.frame = requestAnimationFrame((now) => this.run(now));
    this.onChange();
  }

  run(now) {
    this.due += Math.max(0, now - this.before) / 1000 * SPEEDS[this.speed];
    this.before = now;
    const ticks = Math.floor(this.due);
    if (ticks > 0) {
      this.due -= ticks;
      if (this.tick + ticks >= this.last) this.playing = false;
      const slow = SPEEDS[this.speed] <= SLOW;
      this.go(this.tick + ticks, { animate: slow, follow: slow });
    }
    if (this.playing) this.frame = requestAnimationFrame((later) => this.run(later));
  }
}
