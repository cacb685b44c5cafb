/* tools/heapview/page/words.js - what the page says, in English and Chinese.
 *
 * {name} is a place for a value.  Not here: the sentences about events (sentence.js). */

const WORDS = {
  en: {
    title: 'Huoban heapview', switchLanguage: 'Read in Chinese (L)', switchTheme: 'Light or dark (T)',
    help: 'Help and keys', now: 'What just happened', transport: 'Playing',
    first: 'To the beginning (Home)', back: 'One step back (←)', play: 'Play or pause (space)',
    forward: 'One step forward (→)', last: 'To the end (End)', position: 'Position in the trace',
    event: 'event', request: 'request', ofAll: 'of {count}', speed: 'speed',
    perSecond: '{n} / s', legend: 'Colours',
    used: 'in use', slab: 'slab of small objects', slack: 'in use, not asked for', free: 'free',
    unknown: 'unknown (events were lost)', eventNow: 'this event',
    compare: 'Side by side, on the same requests', which: 'The figures below are of',
    overTime: 'Use and fragmentation over time', freeLists: 'Free lists by size',
    find: 'Find an address', address: 'address', findIt: 'Find', owners: 'Who holds the heap',
    groupBy: 'Group by', byCaller: 'caller', byProcess: 'process', byStack: 'call stack',
    leaks: 'Still in use at the end', around: 'Events around here', close: 'Close',
    footer: 'Huoban, a teaching microkernel. This page is one file and needs no network.',
    helpIntro: 'Each row of the tree is one block size. A split puts two halves one row lower; '
      + 'a merge puts two free buddies together, one row higher. The bar below is the memory itself.',
    all: 'All', follow: 'Follow', zoomIn: 'Zoom in (+)', zoomOut: 'Zoom out (−)',
    zoomAll: 'Show all (0)', followLong: 'Move to where something happens (F)',
    size: 'size', blocks: 'blocks', bytes: 'bytes', count: 'number', holder: 'holder',
    inUse: 'in use', asked: 'asked for', external: 'fragmentation', largest: 'largest free block',
    chartLabel: 'Use and fragmentation over time; arrow keys move the position',
    keyUsed: 'in use, % of the heap', keyAsked: 'asked for, %',
    keyFragmentation: 'fragmentation: % of the free bytes outside the largest free block',
    noStack: '(no stack recorded)', beforeTrace: '(before the trace began)', slabRest: '(rest of slabs)',
    notFound: 'No such address here. The memory is {ranges}.',
    foundFree: 'lies in a free block of {bytes} at {address}.',
    foundUsed: 'lies in a block in use: {bytes} at {address}.',
    foundUnknown: 'lies in memory of which the trace does not tell.',
    foundBy: 'Allocated by {who} for a request of {requested}.', foundObject: 'There is an object of {bytes}, taken by {who}.',
    foundSlab: 'It is a slab; {n} of its objects are in use.', foundBefore: 'It was there when the trace began.',
    buddyIs: 'Its buddy is at {address}.', showIt: 'show it', whenEvent: 'event {n}',
    noLeaks: 'Nothing: all that was allocated during the trace was freed.',
    someLeaks: '{n} blocks and objects, {bytes}, allocated during the trace and not freed.',
    more: 'and {n} more', lostTold: '{n} older events were lost: hatched memory is unknown.',
    stepsNow: 'looked at, for this request', stepsAll: 'looked at, so far', stepsWorst: 'looked at, most for one request',
    requests: 'requests', splits: 'this request: splits, merges', afterRequests: 'After {n} requests: {steps}.', hasLooked: '{name} has looked at {n}', metric: '',
    stepChart: 'List nodes and state bytes looked at, so far',
    treeLabel: 'Buddy tree of {name}: {used} of {total} in use, fragmentation {percent} %',
    keyTable: [['space', 'play, pause'], ['← →', 'one event back, forward'], ['Shift ← →', 'a hundred events'],
      ['↑ ↓', 'to the previous, next alloc or free, with all its splits and merges'],
      ['Home End', 'beginning, end'], ['[ ]', 'slower, faster'], ['J', 'jump to an event'],
      ['/', 'find an address'], ['+ − 0', 'zoom in, out, all'], [', .', 'move left, right'],
      ['F', 'follow what happens'], ['L', '中文 / English'], ['T', 'light, dark'], ['? Esc', 'this help']],
  },
  zh: {
    title: '伙伴 · 看得见的堆', switchLanguage: '切换到英文（L）', switchTheme: '浅色 / 深色（T）',
    help: '帮助与快捷键', now: '刚刚发生了什么', transport: '播放',
    first: '回到开头（Home）', back: '后退一步（←）', play: '播放 / 暂停（空格）',
    forward: '前进一步（→）', last: '到结尾（End）', position: '在跟踪记录中的位置',
    event: '事件', request: '请求', ofAll: '共 {count}', speed: '速度',
    perSecond: '每秒 {n}', legend: '图例',
    used: '已分配', slab: '存放小对象的 slab', slack: '已分配但没人要的部分', free: '空闲',
    unknown: '未知（事件已丢失）', eventNow: '当前事件',
    compare: '同样的请求，两种算法', which: '下面的数据属于',
    overTime: '占用与碎片的变化', freeLists: '各阶空闲链表',
    find: '查地址', address: '地址', findIt: '查找', owners: '谁占着堆',
    groupBy: '归类方式', byCaller: '调用者', byProcess: '进程', byStack: '调用栈',
    leaks: '到最后还没释放的', around: '前后的事件', close: '关闭',
    footer: '伙伴（Huoban），一个教学用微内核。本页只有一个文件，不需要网络。',
    helpIntro: '树的每一行对应一种块大小。拆分时，一块变成下一行的两半；合并时，两个空闲的伙伴回到上一行，'
      + '成为一块。树下面的横条就是内存本身。',
    all: '全部', follow: '跟随', zoomIn: '放大（+）', zoomOut: '缩小（−）',
    zoomAll: '看全部（0）', followLong: '哪里有动静就看哪里（F）',
    size: '大小', blocks: '块数', bytes: '字节', count: '个数', holder: '占用者',
    inUse: '已分配', asked: '实际请求', external: '外部碎片率', largest: '最大空闲块',
    chartLabel: '占用与碎片的变化；用方向键移动位置',
    keyUsed: '已分配，占堆的百分比', keyAsked: '实际请求的百分比',
    keyFragmentation: '外部碎片率：空闲字节中不在最大空闲块里的百分比',
    noStack: '（没有记录调用栈）', beforeTrace: '（跟踪开始之前就有）', slabRest: '（slab 的剩余部分）',
    notFound: '这里没有这个地址。内存范围是 {ranges}。',
    foundFree: '在空闲块里：大小 {bytes}，起始于 {address}。',
    foundUsed: '在已分配的块里：大小 {bytes}，起始于 {address}。',
    foundUnknown: '所在的内存，跟踪记录里没有提到。',
    foundBy: '由 {who} 分配，请求的是 {requested}。', foundObject: '这里有一个 {bytes} 的对象，由 {who} 取走。',
    foundSlab: '它是一个 slab，其中 {n} 个对象正在使用。', foundBefore: '跟踪开始时它就在这里了。',
    buddyIs: '它的伙伴在 {address}。', showIt: '在图上看', whenEvent: '事件 {n}',
    noLeaks: '没有：跟踪期间分配的全部都释放了。',
    someLeaks: '跟踪期间分配而没有释放的有 {n} 个块或对象，共 {bytes}。',
    more: '还有 {n} 个', lostTold: '较早的 {n} 个事件已经丢失：画斜线的内存情况未知。',
    stepsNow: '这次请求查看的处数', stepsAll: '到现在查看的处数', stepsWorst: '单次请求最多查看',
    requests: '请求数', splits: '这次请求：拆分、合并', afterRequests: '{n} 次请求之后：{steps}。', hasLooked: '{name} 共看了 {n} 处', metric: '',
    stepChart: '到现在看过的链表节点与状态字节',
    treeLabel: '{name} 的伙伴树：共 {total}，已分配 {used}，外部碎片率 {percent} %',
    keyTable: [['空格', '播放、暂停'], ['← →', '后退、前进一个事件'], ['Shift ← →', '一百个事件'],
      ['↑ ↓', '上一次、下一次分配或释放，连同它的拆分与合并'],
      ['Home End', '开头、结尾'], ['[ ]', '放慢、加快'], ['J', '跳到某个事件'],
      ['/', '查地址'], ['+ − 0', '放大、缩小、看全部'], [', .', '左移、右移'],
      ['F', '跟随正在发生的事'], ['L', '中文 / English'], ['T', '浅色、深色'], ['? Esc', '本帮助']],
  },
};

let language = 'en';

function word(name, values = {}) {
  return WORDS[language][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/* 65536 -> '64 KiB'; what is no whole number of a unit stays in bytes up to 10,000. */
function formatBytes(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0, n = bytes;
  while (n >= 1024 && unit < 3 && (n % 1024 === 0 || n >= 10240)) {
    n /= 1024;
    unit++;
  }
  return `${Number.isInteger(n) ? n : n.toFixed(1)} ${units[unit]}`;
}

function formatNumber(n) {
  return n.toLocaleString('en-US');
}

/* 950,000 -> '950k' */
function shortNumber(n) {
  if (n < 10000) return formatNumber(Math.round(n));
  return n < 1e6 ? `${Math.round(n / 1e3)}k` : `${(n / 1e6).toFixed(1)}M`;
}

/* Put the words of the current language into everything below an element. */
function translate(root) {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const element of root.querySelectorAll('[data-word]'))
    element.textContent = word(element.dataset.word);
  for (const element of root.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', word(element.dataset.label));
    if (element.tagName === 'BUTTON') element.title = word(element.dataset.label);
  }
}

/* An element with attributes and children (texts or elements). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
