/* tools/heapview/page/chart.js - use and fragmentation over time, with a cursor.
 *
 * The horizontal axis is the slider's: events, or requests where two traces run side by
 * side (then the other trace is drawn thin). */

class Chart {
  constructor(canvas, onPick) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.onPick = onPick;
    let held = false;
    canvas.addEventListener('pointerdown', (event) => {
      held = true;
      canvas.setPointerCapture(event.pointerId);
      this.pick(event);
    });
    canvas.addEventListener('pointermove', (event) => { if (held) this.pick(event); });
    canvas.addEventListener('pointerup', () => { held = false; });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  pick(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - this.left) / (this.right - this.left);
    this.onPick(Math.max(0, Math.min(1, share)));
  }

  /* lines: [{ points: [[share of the axis, percent]], colour, fill, thin }]; label: what
   * a percentage is called at the axis */
  show(lines, player, label = (percent) => `${percent} %`) {
    Object.assign(this, { lines, label, cursor: player.shareOf(player.tick),
      first: player.first, last: player.last });
    this.draw();
  }

  draw() {
    if (!this.lines) return;
    const { canvas, context } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    Object.assign(this, { left: 40, right: width - 8, top: 8, bottom: height - 20 });
    this.colour = colours();
    this.drawGrid();
    for (const line of this.lines) this.drawLine(line);
    this.drawCursor();
  }

  x(share) {
    return this.left + share * (this.right - this.left);
  }

  y(percent) {
    return this.bottom - percent / 100 * (this.bottom - this.top);
  }

  drawGrid() {
    const { context, colour } = this;
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = 'middle';
    context.fillStyle = colour.quiet;
    context.strokeStyle = colour.line;
    context.lineWidth = 1;
    for (const percent of [0, 25, 50, 75, 100]) {
      const y = Math.round(this.y(percent)) + 0.5;
      context.beginPath();
      context.moveTo(this.left, y);
      context.lineTo(this.right, y);
      context.stroke();
      context.textAlign = 'right';
      context.fillText(this.label(percent), this.left - 6, y);
    }
    context.textAlign = 'left';
    context.fillText(formatNumber(this.first), this.left, this.bottom + 11);
    context.textAlign = 'right';
    context.fillText(formatNumber(this.last), this.right, this.bottom + 11);
  }

  drawLine({ points, colour, fill, thin }) {
    const { context } = this;
    if (points.length === 0) return;
    context.beginPath();
    points.forEach(([share, percent]) => context.lineTo(this.x(share), this.y(percent)));
    context.strokeStyle = this.colour[colour];
    context.lineWidth = thin ? 1 : 1.75;
    context.setLineDash(thin ? [4, 3] : []);
    context.stroke();
    context.setLineDash([]);
    if (!fill) return;
    context.lineTo(this.x(points[points.length - 1][0]), this.bottom);
    context.lineTo(this.x(points[0][0]), this.bottom);
    context.globalAlpha = 0.14;
    context.fillStyle = this.colour[colour];
    context.fill();
    context.globalAlpha = 1;
  }

  drawCursor() {
    const { context, colour } = this;
    const x = Math.round(this.x(this.cursor)) + 0.5;
    context.strokeStyle = context.fillStyle = colour.ink;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, this.top - 6);
    context.lineTo(x, this.bottom);
    context.stroke();
    context.beginPath();
    context.arc(x, this.top - 3, 3.5, 0, 7);
    context.fill();
  }
}
