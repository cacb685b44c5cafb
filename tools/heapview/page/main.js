/* tools/heapview/page/main.js - puts the page together: stages, player, cards, keys.
 *
 * The address may say where to begin: #lang=zh&theme=dark&at=123 (an event, or a request
 * where there are two traces). */

const CARDS_MS = 250; /* while playing, the costly cards are filled this often at most */

const wish = new URLSearchParams(location.hash.slice(1));
const page = { grouping: 'caller', focus: null, cardsAt: 0, searched: '' };

/* ---- theme and language ---- */

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').textContent = theme === 'dark' ? '☀' : '☾';
  hatch = null;
  refresh();
}

function toggleTheme() {
  setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
}

function setLanguage(name) {
  language = name;
  translate(document);
  byId('language').textContent = name === 'zh' ? 'English' : '中文';
  byId('language').lang = name === 'zh' ? 'en' : 'zh';
  byId('jump-word').textContent = word(page.player.isPair ? 'request' : 'event');
  byId('of-all').textContent = word('ofAll', { count: formatNumber(page.player.last) });
  byId('help-keys').replaceChildren(...WORDS[name].keyTable.map(([keys, what]) => make('tr', {},
    make('td', {}, ...keys.split(' ').flatMap((key) => [make('kbd', {}, key), ' '])), cell(what))));
  byId('chart-keys').replaceChildren(...[['keyUsed', '--used'], ['keyAsked', '--slab'],
    ['keyFragmentation', '--event']].map(([key, colour]) => chartKey(word(key), colour)));
  refresh();
}

function chartKey(text, colour) {
  const line = make('i');
  line.style.borderColor = `var(${colour})`;
  return make('span', {}, line, text);
}

/* ---- what is shown for a position ---- */

/* What does not change with the position, and then the rest. */
function refresh() {
  const { player, focus } = page;
  page.cardsAt = 0;
  for (const stage of page.stages) stage.invalidate();
  showLeaks(focus, (leak) => {
    player.toEvent(focus, leak.event);
    find(focus, focus.trace.address(leak.region, leak.offset));
  });
  showNow();
}

function showNow() {
  const { player, stages, focus } = page;
  const telling = stages.length === 1;
  setSentence(byId('sentence'), telling ? sentenceOf(focus.heap) : comparisonSentence(stages));
  byId('detail').textContent = telling ? detailOf(focus.heap) : '';
  for (const stage of stages) {
    stage.describe();
    stage.sentence.hidden = telling;
    if (!telling) setSentence(stage.sentence, sentenceOf(stage.heap));
  }
  byId('position').value = player.tick;
  if (document.activeElement !== byId('jump-to')) byId('jump-to').value = player.tick;
  byId('play').setAttribute('aria-pressed', String(player.playing));
  byId('sentence').setAttribute('aria-live', player.playing ? 'off' : 'polite');
  byId('speed').value = player.speed;
  byId('speed-told').textContent = word('perSecond', { n: formatNumber(SPEEDS[player.speed]) });
  showCards();
}

function comparisonSentence(stages) {
  const texts = stages.map((stage) => {
    const n = stage.trace.requestsAt(stage.heap.position);
    return word('hasLooked', { name: stage.trace.name, n: formatNumber(steps(stage.trace, n)) });
  });
  return word('afterRequests', { n: formatNumber(page.player.tick),
    steps: texts.join(language === 'zh' ? '，' : ', ') });
}

function showCards() {
  const { player, stages, focus } = page;
  const now = performance.now();
  if (player.playing && now - page.cardsAt < CARDS_MS) return;
  page.cardsAt = now;
  showChart();
  showFreeLists(focus);
  showOwners(focus, page.grouping);
  showAround(focus, (event) => player.toEvent(focus, event));
  if (page.searched) showFound(focus, page.searched, (event) => player.toEvent(focus, event));
  if (stages.length < 2) return;
  showComparison(stages);
  showStepChart();
}

function linesOf(stage, thin) {
  const { player } = page;
  const space = stage.trace.regions[stage.number].space;
  const series = stage.heap.series.get(space).filter((point) => point.position >= stage.trace.snapshot);
  const share = ({ position }) =>
    player.shareOf(player.isPair ? stage.trace.requestsAt(position) : position);
  const line = (figure) => series.map((point) => [share(point), figure(point)]);
  const used = { points: line((p) => 100 * p.used / p.total), colour: 'used', fill: !thin, thin };
  const asked = { points: line((p) => 100 * p.requested / p.total), colour: 'slab', thin };
  const broken = { points: line((p) => p.fragmentation), colour: 'event', thin };
  return thin ? [broken] : [used, asked, broken];
}

/* Two traces: the steps so far, each with its own dash. */
function showStepChart() {
  const { player, stages } = page;
  const all = stages.map((stage) => stage.trace.stepSums);
  const most = Math.max(1, ...all.map((sums) => sums[sums.length - 1]));
  const every = Math.max(1, Math.ceil(player.last / 1000));
  const lines = all.map((sums, i) => ({ colour: i === 0 ? 'used' : 'event', fill: i === 0,
    points: sums.map((sum, n) => [player.shareOf(n), 100 * sum / most])
      .filter((_, n) => n % every === 0 || n === sums.length - 1) }));
  page.stepChart.show(lines, player,
    (percent) => shortNumber(percent / 100 * most));
  byId('step-chart').setAttribute('aria-label', word('stepChart'));
  byId('step-keys').replaceChildren(...stages.map((stage, i) =>
    chartKey(stage.trace.name, i === 0 ? '--used' : '--event')));
}

function showChart() {
  const others = page.stages.filter((stage) => stage !== page.focus);
  page.chart.show([...others.flatMap((stage) => linesOf(stage, true)), ...linesOf(page.focus, false)],
    page.player);
  byId('chart').setAttribute('aria-label', word('chartLabel'));
}

function find(stage, text) {
  page.searched = text;
  byId('find-what').value = text;
  showFound(stage, text, (event) => page.player.toEvent(stage, event));
}

function setFocus(stage) {
  page.focus = stage;
  [...byId('which').children].forEach((button, i) =>
    button.setAttribute('aria-pressed', String(page.stages[i] === stage)));
  refresh();
}

/* ---- keys ---- */

const KEYS = {
  ' ': () => page.player.toggle(),
  ArrowLeft: (event) => page.player.step(event.shiftKey ? -100 : -1),
  ArrowRight: (event) => page.player.step(event.shiftKey ? 100 : 1),
  ArrowUp: () => page.player.request(-1),
  ArrowDown: () => page.player.request(1),
  Home: () => page.player.jump(page.player.first),
  End: () => page.player.jump(page.player.last),
  '[': () => page.player.setSpeed(page.player.speed - 1),
  ']': () => page.player.setSpeed(page.player.speed + 1),
  j: () => byId('jump-to').select(),
  '/': () => byId('find-what').select(),
  '+': () => page.stages.forEach((stage) => stage.zoom(0.5)),
  '=': () => page.stages.forEach((stage) => stage.zoom(0.5)),
  '-': () => page.stages.forEach((stage) => stage.zoom(2)),
  0: () => page.stages.forEach((stage) => stage.showAll()),
  ',': () => page.stages.forEach((stage) => stage.pan(-0.25)),
  '.': () => page.stages.forEach((stage) => stage.pan(0.25)),
  f: () => page.stages.forEach((stage) => stage.toggleFollow()),
  l: () => setLanguage(language === 'zh' ? 'en' : 'zh'),
  t: toggleTheme,
  '?': () => byId('help').showModal(),
};

function onKey(event) {
  const typing = event.target.matches('input[type="text"]');
  if (event.ctrlKey || event.altKey || event.metaKey || byId('help').open) return;
  if (typing) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (event.key === ' ' && event.target.matches('button')) return; /* presses it */
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action(event);
}

/* ---- the beginning ---- */

function connect() {
  const { player } = page;
  const onClick = (id, action) => byId(id).addEventListener('click', action);
  onClick('first', () => player.jump(player.first));
  onClick('back', () => player.step(-1));
  onClick('play', () => player.toggle());
  onClick('forward', () => player.step(1));
  onClick('last', () => player.jump(player.last));
  onClick('language', () => KEYS.l());
  onClick('theme', toggleTheme);
  onClick('help-open', () => KEYS['?']());
  for (const kind of ['caller', 'process', 'stack'])
    onClick(`by-${kind}`, () => { page.grouping = kind; showOwners(page.focus, kind); });
  byId('position').addEventListener('input', (event) => player.jump(Number(event.target.value)));
  byId('speed').addEventListener('input', (event) => player.setSpeed(Number(event.target.value)));
  byId('jump').addEventListener('submit', (event) => {
    event.preventDefault();
    const tick = Number(byId('jump-to').value.replace(/[^0-9]/g, '') || player.tick);
    byId('jump-to').blur();
    player.jump(tick);
  });
  byId('find').addEventListener('submit', (event) => {
    event.preventDefault();
    find(page.focus, byId('find-what').value);
  });
  document.addEventListener('keydown', onKey);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) =>
    setTheme(event.matches ? 'dark' : 'light'));
}

function start() {
  const traces = JSON.parse(byId('traces').textContent).map((data) => new Trace(data));
  const isPair = traces.length > 1;
  const onPick = (stage, text) => {
    setFocus(stage);
    find(stage, text);
  };
  page.stages = traces.map((trace) => new Stage(trace, byId('stages'), onPick));
  page.focus = page.stages[0];
  page.player = new Player(page.stages, showNow);
  const jump = (share) => page.player.jump(page.player.tickAt(share));
  page.chart = new Chart(byId('chart'), jump);
  page.stepChart = new Chart(byId('step-chart'), jump);
  byId('stages').classList.toggle('two', isPair);
  byId('compare').hidden = byId('which').hidden = !isPair;
  byId('which').replaceChildren(...page.stages.map((stage) => make('button',
    { onclick: () => setFocus(stage) }, stage.trace.name)));
  byId('trace-name').textContent = traces.map((trace) => trace.name).join(' · ');
  byId('position').min = page.player.first;
  byId('position').max = page.player.last;
  byId('speed').max = SPEEDS.length - 1;
  connect();
  setTheme(wish.get('theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  setLanguage(wish.get('lang') || (navigator.language.startsWith('zh') ? 'zh' : 'en'));
  setFocus(page.focus);
  page.player.go(wish.has('at') ? Number(wish.get('at')) : page.player.first, { follow: true });
}

page.stages = [];
start();
