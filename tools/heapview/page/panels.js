/* tools/heapview/page/panels.js - the cards below the tree: free lists, holders, leaks, an
 * address, the events around, and the comparison of two traces.
 *
 * Each function fills its element from a stage; none keeps anything. */

const ROWS_MOST = 100; /* of a table; the rest is counted */

const byId = (id) => document.getElementById(id);
const cell = (text, kind) => make('td', kind ? { class: kind } : {}, text);
const head = (...names) => make('tr', {}, ...names.map((name, i) =>
  make('th', i === 0 ? { scope: 'col' } : { scope: 'col', class: 'number' }, name)));

function showFreeLists(stage) {
  const lists = stage.heap.freeLists(stage.trace.regions[stage.number].space);
  const most = Math.max(1, ...lists.map(([bytes, many]) => bytes * many));
  byId('free-lists').replaceChildren(head(word('size'), word('blocks'), word('bytes'), ''),
    ...lists.map(([bytes, many]) => {
      const bar = make('span', { class: 'bar free' });
      bar.style.width = `${100 * bytes * many / most}%`;
      return make('tr', {}, make('td', {}, formatBytes(bytes)),
        make('td', { class: 'number' }, formatNumber(many)),
        make('td', { class: 'number' }, formatBytes(bytes * many)), make('td', { class: 'bars' }, bar));
    }));
}

/* ---- who holds the heap ---- */

function holderName(trace, { event, isSlab }, grouping) {
  if (isSlab) return word('slabRest');
  if (event < 0 || trace.kind[event] === HAVE_USED && trace.callers(event).length === 0)
    return word('beforeTrace');
  const callers = trace.callers(event);
  if (grouping === 'process') return trace.process(trace.pid[event]);
  if (callers.length === 0) return `${word('noStack')} ${trace.process(trace.pid[event])}`;
  return grouping === 'stack' ? callers.join(' ← ') : callers[0];
}

function showOwners(stage, grouping) {
  const groups = new Map();
  for (const holding of stage.heap.holdings()) {
    const name = holderName(stage.trace, holding, grouping);
    const group = groups.get(name) || { count: 0, bytes: 0 };
    group.count++;
    group.bytes += holding.bytes;
    groups.set(name, group);
  }
  for (const kind of ['caller', 'process', 'stack'])
    byId(`by-${kind}`).setAttribute('aria-pressed', String(kind === grouping));
  const sorted = [...groups].sort((a, b) => b[1].bytes - a[1].bytes);
  const most = sorted.length > 0 ? sorted[0][1].bytes : 1;
  byId('owners').replaceChildren(head(word('holder'), word('count'), word('bytes')),
    ...sorted.slice(0, ROWS_MOST).map(([name, { count, bytes }]) => {
      const bar = make('span', { class: 'bar' });
      bar.style.width = `${100 * bytes / most}%`;
      return make('tr', {}, make('td', { class: 'name' }, name, bar),
        cell(formatNumber(count), 'number'), cell(formatBytes(bytes), 'number'));
    }), ...moreRow(sorted.length));
}

function moreRow(count) {
  return count > ROWS_MOST ? [make('tr', {}, cell(word('more', { n: count - ROWS_MOST }), 'quiet'))] : [];
}

/* ---- leaks ---- */

/* What was allocated during the trace and is still in use at its end; found once. */
function findLeaks(stage) {
  if (stage.leaks) return stage.leaks;
  const here = stage.heap.position;
  stage.heap.seek(stage.trace.count);
  stage.leaks = stage.heap.holdings().filter(({ event, isSlab }) =>
    event >= stage.trace.snapshot && !isSlab).sort((a, b) => b.bytes - a.bytes);
  stage.heap.seek(here);
  return stage.leaks;
}

function showLeaks(stage, goTo) {
  const leaks = findLeaks(stage);
  const bytes = leaks.reduce((sum, leak) => sum + leak.bytes, 0);
  byId('leaks-told').textContent = leaks.length === 0 ? word('noLeaks')
    : word('someLeaks', { n: formatNumber(leaks.length), bytes: formatBytes(bytes) });
  byId('leaks').replaceChildren(...leaks.slice(0, ROWS_MOST).map((leak) => make('tr', {},
    make('td', { class: 'name' },
      make('button', { class: 'link mono', onclick: () => goTo(leak) },
        stage.trace.address(leak.region, leak.offset)), ' ', whoOf(stage.trace, leak.event)),
    cell(formatBytes(leak.bytes), 'number'))), ...moreRow(leaks.length));
}

/* ---- an address ---- */

function foundTexts(stage, where, text) {
  const { heap, trace } = stage;
  const block = heap.find(where.region, where.offset);
  const values = { bytes: formatBytes(block.bytes), address: trace.address(block.region, block.offset) };
  const state = ['', 'foundFree', 'foundUsed', 'foundUnknown'][block.state];
  const lines = [`${text} ${word(state, values)}`];
  if (block.state === STATE_USED) lines.push(block.event < 0 || trace.kind[block.event] === HAVE_USED
    ? word('foundBefore')
    : word('foundBy', { who: whoOf(trace, block.event), requested: formatBytes(trace.requested[block.event]) }));
  if (block.objects !== undefined) lines.push(word('foundSlab', { n: block.objects }));
  const object = objectAt(heap, where);
  if (object >= 0) lines.push(word('foundObject', { bytes: formatBytes(trace.bytes[object]), who: whoOf(trace, object) }));
  const buddy = buddyOffset(trace, block.region, block.offset, block.bytes);
  if (buddy >= 0) lines.push(word('buddyIs', { address: trace.address(block.region, buddy) }));
  return { block, lines };
}

/* The event that took the object at an offset, -1 if there is none. */
function objectAt(heap, { region, offset }) {
  for (const [key, event] of heap.objects) {
    const start = key % 2 ** 44;
    if (Math.floor(key / 2 ** 44) === region && offset >= start && offset < start + heap.trace.bytes[event])
      return event;
  }
  return -1;
}

function showFound(stage, text, goToEvent) {
  const where = stage.trace.locate(text);
  if (!where) {
    const ranges = stage.trace.regions.map((told, number) =>
      `${told.start} … ${stage.trace.address(number, told.bytes)}`).join(', ');
    byId('found').replaceChildren(make('p', {}, word('notFound', { ranges })));
    return;
  }
  const { block, lines } = foundTexts(stage, where, text.trim());
  const links = [make('button', { class: 'link', onclick: () => {
    stage.setFollow(false);
    stage.reveal(block.region, block.offset, block.bytes, true);
  } }, word('showIt'))];
  if (block.event >= 0) links.push(' · ', make('button', { class: 'link',
    onclick: () => goToEvent(block.event) }, word('whenEvent', { n: formatNumber(block.event) })));
  byId('found').replaceChildren(...lines.map((line) => make('p', {}, line)), make('p', {}, ...links));
}

/* ---- the events around ---- */

function showAround(stage, goToEvent) {
  const { trace, heap } = stage;
  const now = heap.position - 1;
  const first = Math.max(0, Math.min(now - 4, trace.count - 10));
  const rows = [];
  for (let event = first; event < Math.min(trace.count, first + 10); event++) {
    const text = `${KINDS[trace.kind[event]]} ${formatBytes(trace.bytes[event])} `
      + trace.address(trace.region[event], trace.offset[event]);
    const row = make('li', {}, make('button', { onclick: () => goToEvent(event) },
      make('span', { class: 'number' }, formatNumber(event)), make('span', { class: 'mono' }, text)));
    if (event === now) row.setAttribute('aria-current', 'step');
    rows.push(row);
  }
  byId('around').replaceChildren(...rows);
}

/* ---- two traces ---- */

function showComparison(stages) {
  const rows = [
    ['requests', (s, n) => formatNumber(n)],
    ['splits', (s, n) => countInRequest(s.trace, n)],
    ['stepsNow', (s, n) => steps(s.trace, n) - steps(s.trace, n - 1)],
    ['stepsWorst', (s, n) => s.trace.worstSteps[Math.min(n, s.trace.worstSteps.length - 1)]],
    ['stepsAll', (s, n) => steps(s.trace, n)],
    ['inUse', (s) => formatBytes(totalsOf(s).used)],
    ['asked', (s) => formatBytes(totalsOf(s).requested)],
    ['largest', (s) => formatBytes(totalsOf(s).largest)],
    ['external', (s) => `${totalsOf(s).fragmentation.toFixed(1)} %`],
  ];
  byId('compare-table').replaceChildren(head(word('metric'), ...stages.map((s) => s.trace.name)),
    ...rows.map(([name, figure]) => make('tr', {}, cell(word(name)), ...stages.map((stage) => {
      const value = figure(stage, stage.trace.requestsAt(stage.heap.position));
      return cell(typeof value === 'number' ? formatNumber(value) : value, 'number');
    }))));
}

function totalsOf(stage) {
  return stage.heap.totals(stage.trace.regions[stage.number].space);
}

function steps(trace, n) {
  return n < 0 ? 0 : trace.stepSums[Math.min(n, trace.stepSums.length - 1)];
}

function countInRequest(trace, n) {
  const counts = { [SPLIT]: 0, [MERGE]: 0 };
  if (n > 0)
    for (let i = trace.requestEnds[n - 1]; i < trace.requestEnds[n]; i++) counts[trace.kind[i]]++;
  return `${counts[SPLIT]}, ${counts[MERGE]}`;
}
