/* tools/heapview/page/lanes.js - threads as lanes, time going down, messages as arrows.
 *
 * A row is a note.  Only the rows in sight are elements; each draws its piece of every
 * lane.  What is shown is chosen by kind and by process; the data is story.py's.
 * The address may say how to begin: #lang=zh&theme=dark. */

const ROW = 26, LANE = 92, SPARE = 20; /* pixels, pixels, rows drawn beyond the edges */
const SVG = 'http://www.w3.org/2000/svg';
const GROUPS = {
  messages: ['call', 'send', 'receive', 'notice', 'reply', 'done'],
  threads: ['made', 'run', 'ready', 'sending', 'receiving', 'waiting', 'sleeping',
    'awaiting-reply', 'moving', 'suspended', 'ended'],
  handles: ['open', 'close', 'revoke'],
};

const byId = (id) => document.getElementById(id);
const story = JSON.parse(byId('traces').textContent);
const wish = new URLSearchParams(location.hash.slice(1));
const processes = [...new Set(story.lanes.map((lane) => lane.process))];
const chosen = { groups: new Set(Object.keys(GROUPS)), processes: new Set(processes) };
const page = { language: 'en', rows: [], lanes: [] };

const words = () => story.words[page.language];
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function draw(svg, tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  svg.append(element);
}

/* ---- what is shown ---- */

const isChosen = (lane) => lane !== null && chosen.processes.has(story.lanes[lane].process);

function choose() {
  const kinds = new Set([...chosen.groups].flatMap((group) => GROUPS[group]));
  page.lanes = story.lanes.map((_, number) => number).filter(isChosen);
  page.rows = story.rows.map((_, number) => number).filter((number) => {
    const [, lane, peer, kind, { who }] = story.rows[number];
    const isKernels = lane === null && (chosen.processes.has(who) || !processes.includes(who));
    return kinds.has(kind) && (isKernels || isChosen(lane) || isChosen(peer));
  });
}

/* run, ready, still or ended, after that row; undefined before the lane's first. */
function stateAt(lane, row) {
  const { changes } = story.lanes[lane];
  let low = 0, high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle][0] <= row) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : changes[low - 1][1];
}

/* ---- rows ---- */

const place = (lane) => LANE * page.lanes.indexOf(lane) + LANE / 2;

function drawArrow(svg, from, to) {
  const way = Math.sign(to - from);
  draw(svg, 'path', { class: 'arrow', d: `M${from} ${ROW / 2}H${to - 8 * way}` });
  draw(svg, 'path', { class: 'tip-of-arrow',
    d: `M${to} ${ROW / 2}l${-10 * way} -5v10z` });
}

function drawLanes(number) {
  const [, lane, peer, kind] = story.rows[number];
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('width', LANE * page.lanes.length);
  svg.setAttribute('height', ROW);
  svg.setAttribute('aria-hidden', 'true');
  for (const other of page.lanes) {
    const before = stateAt(other, number - 1), after = stateAt(other, number);
    for (const [state, top] of [[before, 0], [after, ROW / 2]])
      if (state && state !== 'ended')
        draw(svg, 'line', { class: `line ${state}`, x1: place(other), x2: place(other),
          y1: top, y2: top + ROW / 2 });
  }
  if (isChosen(lane) && isChosen(peer) && lane !== peer)
    drawArrow(svg, ...(kind === 'reply' ? [place(lane), place(peer)] : [place(peer), place(lane)]));
  else if (isChosen(lane))
    draw(svg, 'circle', { class: 'dot', cx: place(lane), cy: ROW / 2, r: 4 });
  return svg;
}

function rowOf(at) {
  const number = page.rows[at];
  const [time, lane, , kind, facts] = story.rows[number];
  const who = lane === null ? words().kernel : story.lanes[lane].name;
  const row = make('div', { class: 'row', role: 'listitem', 'data-note': number },
    make('span', { class: 'time' }, (time / 1e6).toFixed(3)), drawLanes(number),
    make('span', { class: 'told' }, make('span', { class: 'who' }, who), ' ',
      fill(words().sentences[kind], facts)));
  row.style.top = `${ROW * at}px`;
  return row;
}

function showRows() {
  const { scrollTop, clientHeight } = byId('story');
  const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
  const end = Math.min(page.rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
  byId('rows').style.height = `${ROW * page.rows.length}px`;
  byId('rows').replaceChildren(
    ...Array.from({ length: Math.max(0, end - first) }, (_, i) => rowOf(first + i)));
}

function showHeads() {
  const lanes = make('div', { class: 'lanes' }, ...page.lanes.map((lane) => {
    const head = make('span', { class: 'lane' }, story.lanes[lane].name);
    head.style.left = `${place(lane)}px`;
    return head;
  }));
  lanes.style.width = `${LANE * page.lanes.length}px`;
  byId('heads').replaceChildren(make('span', { class: 'time' }, words().time), lanes,
    make('span', {}, words().story));
}

/* ---- choices, language, theme ---- */

function buttonsOf(set, all, name) {
  return all.map((one) => {
    const button = make('button', { 'aria-pressed': set.has(one) }, name(one));
    button.addEventListener('click', () => {
      if (!set.delete(one)) set.add(one);
      show();
    });
    return button;
  });
}

/* The buttons are made anew: the one that was pressed keeps the focus. */
function showChoices(id, ...what) {
  const at = [...byId(id).children].indexOf(document.activeElement);
  byId(id).replaceChildren(...buttonsOf(...what));
  if (at >= 0) byId(id).children[at].focus();
}

function show() {
  choose();
  document.documentElement.lang = page.language === 'zh' ? 'zh-CN' : 'en';
  for (const element of document.querySelectorAll('[data-word]'))
    element.textContent = words()[element.dataset.word];
  for (const element of document.querySelectorAll('[data-label]'))
    element.setAttribute('aria-label', words()[element.dataset.label]);
  byId('language').textContent = page.language === 'zh' ? 'English' : '中文';
  showChoices('groups', chosen.groups, Object.keys(GROUPS), (group) => words()[group]);
  showChoices('processes', chosen.processes, processes, (name) => name);
  byId('told').textContent = fill(words().rows,
    { count: page.rows.length.toLocaleString('en-US'), all: story.rows.length.toLocaleString('en-US') });
  byId('lost').textContent = story.lost > 0 ? fill(words().lost, story) : '';
  showHeads();
  showRows();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').textContent = theme === 'dark' ? '☀' : '☾';
}

const KEYS = {
  l: () => { page.language = page.language === 'zh' ? 'en' : 'zh'; show(); },
  t: () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
};

function start() {
  byId('language').addEventListener('click', KEYS.l);
  byId('theme').addEventListener('click', KEYS.t);
  byId('story').addEventListener('scroll', showRows);
  addEventListener('resize', showRows);
  document.addEventListener('keydown', (event) => {
    if (!event.ctrlKey && !event.altKey && !event.metaKey) KEYS[event.key.toLowerCase()]?.();
  });
  setTheme(wish.get('theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  page.language = wish.get('lang') || (navigator.language.startsWith('zh') ? 'zh' : 'en');
  show();
}

start();
