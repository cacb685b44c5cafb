/* tools/heapview/page/sentence.js - what an event did, in a sentence for a student.
 *
 * A sentence is a text in which `...` is set as code.  Not here: the rest of the words. */

const SENTENCES = {
  en: {
    start: 'The trace begins here: {free} are free, {used} in use. Step with → or play.',
    startUnknown: 'The trace begins here, and tells nothing of the time before. Step with → or play.',
    'have-free': 'A new region brought {bytes} at `{at}`: they are free.',
    'have-used': 'At `{at}` there were {bytes} in use already.',
    alloc: 'Allocated {bytes} at `{at}` for {who}, which asked for {requested}.',
    allocSlack: ' {slack} of it nobody asked for: internal fragmentation.',
    allocExact: ' It fits exactly.',
    free: 'Freed {bytes} at `{at}`.',
    freeMerge: ' Its buddy at `{buddy}` is free too, so they will merge.',
    freeAlone: ' Its buddy at `{buddy}` is not free as a whole, so it goes on the list of {bytes}.',
    freePlain: '',
    split: 'Split {bytes} at `{at}` into two of {half}; the right half at `{buddy}` waits on its free list.',
    merge: 'Merged two free buddies of {half}, at `{at}` and `{buddy}`, into one of {bytes}.',
    mergePlain: 'Free neighbours became one block of {bytes} at `{at}`.',
    take: '{who} took an object of {bytes} at `{at}` from a slab; the buddy was not asked.',
    put: 'An object of {bytes} at `{at}` went back into its slab.',
    detail: 'event {n}, {time}, {process}, hart {hart}', steps: ', {steps} list nodes or state bytes looked at',
    stack: ', from {stack}', outside: ' (outside of the memory shown)',
  },
  zh: {
    start: '跟踪从这里开始：空闲 {free}，已分配 {used}。按 → 单步，或者播放。',
    startUnknown: '跟踪从这里开始，之前的情况没有记录。按 → 单步，或者播放。',
    'have-free': '新加入的内存区带来 `{at}` 处的 {bytes}，是空闲的。',
    'have-used': '`{at}` 处的 {bytes} 先前就已分配出去。',
    alloc: '{who} 请求 {requested}，得到 `{at}` 处的 {bytes}。',
    allocSlack: '多出的 {slack} 没人要，这就是内部碎片。',
    allocExact: '不多不少，正好。',
    free: '释放了 `{at}` 处的 {bytes}。',
    freeMerge: '它的伙伴 `{buddy}` 也空闲，两者接下来会合并。',
    freeAlone: '它的伙伴 `{buddy}` 并非整块空闲，不能合并，所以它挂到 {bytes} 的空闲链表上。',
    freePlain: '',
    split: '把 `{at}` 处的 {bytes} 一分为二，各 {half}；右半块 `{buddy}` 留在空闲链表上。',
    merge: '`{at}` 与 `{buddy}` 是一对空闲的伙伴，各 {half}，合并成一块 {bytes}。',
    mergePlain: '相邻的空闲块连成一块：`{at}`，{bytes}。',
    take: '{who} 从 slab 里取走 `{at}` 处 {bytes} 的对象，没有惊动伙伴系统。',
    put: '`{at}` 处 {bytes} 的对象回到了它的 slab。',
    detail: '事件 {n}，{time}，{process}，hart {hart}', steps: '，看了 {steps} 个链表节点或状态字节',
    stack: '，来自 {stack}', outside: '（不在图中的内存里）',
  },
};

function phrase(name, values) {
  return SENTENCES[language][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function formatTime(ns) {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(3)} ms`;
  return `${(ns / 1e9).toFixed(3)} s`;
}

/* The offset of a block's buddy, or -1 if the block is none of a buddy system. */
function buddyOffset(trace, number, offset, bytes) {
  const told = trace.regions[number];
  const start = offset + told.lead;
  if (!Number.isInteger(Math.log2(bytes)) || start % bytes !== 0) return -1;
  const buddy = (start / bytes) % 2 === 0 ? offset + bytes : offset - bytes;
  return buddy >= 0 && buddy + bytes <= told.bytes ? buddy : -1;
}

function isFreeBuddy(heap, number, buddy, bytes) {
  const found = heap.find(number, buddy);
  return found.state === STATE_FREE && found.offset === buddy && found.bytes === bytes;
}

function whoOf(trace, event) {
  if (event < 0) return word('beforeTrace');
  const caller = trace.callers(event)[0];
  const process = trace.process(trace.pid[event]);
  return caller ? `${caller} (${process})` : process;
}

/* What the event before a position of a heap did; the heap is at that position. */
function sentenceOf(heap) {
  const { trace, position } = heap;
  const event = position - 1;
  if (position === 0 || position === trace.snapshot) return startSentence(heap);
  const kind = trace.kind[event], number = trace.region[event];
  const offset = trace.offset[event], bytes = trace.bytes[event];
  const values = { bytes: formatBytes(bytes), half: formatBytes(bytes / 2),
    at: trace.address(number, offset), who: whoOf(trace, event),
    requested: formatBytes(trace.requested[event]),
    slack: formatBytes(Math.max(0, bytes - trace.requested[event])) };
  if (number === OUTSIDE) return phrase(KINDS[kind], values) + phrase('outside', {});
  if (kind === SPLIT || kind === MERGE)
    values.buddy = trace.address(number, offset + bytes / 2);
  if (kind === MERGE && buddyOffset(trace, number, offset, bytes) < 0
      && !Number.isInteger(Math.log2(bytes)))
    return phrase('mergePlain', values);
  let text = phrase(KINDS[kind], values);
  if (kind === ALLOC)
    text += phrase(bytes > trace.requested[event] ? 'allocSlack' : 'allocExact', values);
  if (kind === FREE) text += freeEnding(heap, number, offset, bytes, values);
  return text;
}

function startSentence(heap) {
  const totals = heap.totals(heap.trace.regions[0].space);
  const values = { free: formatBytes(totals.free), used: formatBytes(totals.used) };
  return phrase(totals.free + totals.used > 0 ? 'start' : 'startUnknown', values);
}

function freeEnding(heap, number, offset, bytes, values) {
  const buddy = buddyOffset(heap.trace, number, offset, bytes);
  if (buddy < 0) return phrase('freePlain', values);
  values.buddy = heap.trace.address(number, buddy);
  return phrase(isFreeBuddy(heap, number, buddy, bytes) ? 'freeMerge' : 'freeAlone', values);
}

/* The smaller print: when, which process, from where. */
function detailOf(heap) {
  const { trace, position } = heap;
  const event = position - 1;
  if (event < 0 || position === trace.snapshot)
    return trace.lost > 0 ? word('lostTold', { n: formatNumber(trace.lost) }) : '';
  let text = phrase('detail', { n: formatNumber(event), time: formatTime(trace.time[event]),
    process: trace.process(trace.pid[event]), hart: trace.hart[event] });
  if (trace.steps[event] > 0) text += phrase('steps', { steps: formatNumber(trace.steps[event]) });
  const callers = trace.callers(event);
  if (callers.length > 0) text += phrase('stack', { stack: callers.join(' ← ') });
  return text;
}

/* Set a sentence, its `...` as code. */
function setSentence(element, text) {
  element.replaceChildren(...text.split('`').map((part, i) => (i % 2 ? make('code', {}, part) : part)));
}
