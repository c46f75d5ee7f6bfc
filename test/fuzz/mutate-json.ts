import { Buffer } from 'node:buffer';
import type { Random } from './random.ts';

/** JSON as a tree of pairs, so that a member may stand twice. */
type Tree =
  | { readonly kind: 'leaf'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Tree])[] };

/** Characters: what is longer than any input is cut off anyway. */
const LARGEST = 64 * 1024;
const LEAVES = ['null', 'true', '0', '-1', '1.5', '1e400', '""', '"a"', '"sha256:"', '"__proto__"'];
const NAMES = ['__proto__', 'constructor', 'toString', '', 'mediaType', 'digest', 'urls', 'a'];

const leaf = (text: string): Tree => ({ kind: 'leaf', text });

function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return leaf(JSON.stringify(value));
  const members = Object.entries(value).map(([name, item]) => [name, treeOf(item)] as const);
  return { kind: 'object', members };
}

function sizeOf(tree: Tree): number {
  if (tree.kind === 'leaf') return 1;
  const inner = tree.kind === 'list' ? tree.items : tree.members.map(([, item]) => item);
  return inner.reduce((sum, item) => sum + sizeOf(item), 1);
}

/** Of its text, about. */
function lengthOf(tree: Tree): number {
  if (tree.kind === 'leaf') return tree.text.length;
  if (tree.kind === 'list') return tree.items.reduce((sum, item) => sum + 1 + lengthOf(item), 2);
  return tree.members.reduce((sum, [name, item]) => sum + name.length + 4 + lengthOf(item), 2);
}

/** Replaces the node number `at`, counted from the root down. */
function replaceAt(tree: Tree, at: number, change: (node: Tree) => Tree): Tree {
  if (at === 0) return change(tree);
  let left = at - 1;
  const visit = (item: Tree): Tree => {
    const size = sizeOf(item);
    const isInside = left >= 0 && left < size;
    const visited = isInside ? replaceAt(item, left, change) : item;
    left -= size;
    return visited;
  };
  if (tree.kind === 'leaf') return tree;
  if (tree.kind === 'list') return { kind: 'list', items: tree.items.map(visit) };
  return { kind: 'object', members: tree.members.map(([name, item]) => [name, visit(item)]) };
}

type Change = (node: Tree, random: Random) => Tree;

const wrap = (node: Tree, random: Random): Tree => {
  let wrapped = node;
  for (let depth = random.pick([1, 1, 1, 2, 2, 70, 400]); depth > 0; depth -= 1)
    wrapped = { kind: 'list', items: [wrapped] };
  return wrapped;
};

const onMembers =
  (change: (members: [string, Tree][], random: Random) => void): Change =>
  (node, random) => {
    if (node.kind !== 'object' || node.members.length === 0) return leaf(random.pick(LEAVES));
    const members = node.members.map(([name, item]): [string, Tree] => [name, item]);
    change(members, random);
    return { kind: 'object', members };
  };

const CHANGES: readonly Change[] = [
  (_, random) => leaf(random.pick(LEAVES)),
  () => ({ kind: 'list', items: [] }),
  () => ({ kind: 'object', members: [] }),
  wrap,
  // A member twice, out, under another name, or beside a stranger.
  onMembers((members, random) => members.push(random.pick(members))),
  onMembers((members, random) => members.splice(random.below(members.length), 1)),
  onMembers((members, random) => {
    const member = random.pick(members);
    member[0] = random.oneIn(2) ? random.pick(NAMES) : member[0].toUpperCase();
  }),
  onMembers((members, random) => members.push([random.pick(NAMES), leaf(random.pick(LEAVES))])),
  // A list twice as long, or very long.
  (node, random) => {
    if (node.kind !== 'list') return { kind: 'list', items: [node, node] };
    const most = Math.min(1100, Math.ceil(LARGEST / (1 + lengthOf(node))) * node.items.length);
    const length = Math.min(most, node.items.length * random.pick([2, 2, 2, 2, 2, 2, 40, 1100]));
    const at = (index: number) => node.items[index % node.items.length] ?? leaf('null');
    return { kind: 'list', items: Array.from({ length }, (_, index) => at(index)) };
  },
  (node, random) => {
    if (node.kind !== 'leaf' || !node.text.startsWith('"')) return leaf(random.pick(LEAVES));
    const text = JSON.parse(node.text) as string;
    return leaf(
      JSON.stringify(
        random.pick([
          text.toUpperCase(),
          ` ${text}`,
          `${text}/`,
          text.slice(1),
          (text + text).slice(0, LARGEST),
        ]),
      ),
    );
  },
];

/** As somebody else's writer might put it: white space, and letters of names by their numbers. */
function write(tree: Tree, random: Random): string {
  const space = () => (random.oneIn(12) ? random.pick([' ', '\n', '\t', '  ']) : '');
  if (tree.kind === 'leaf') return `${space()}${tree.text}${space()}`;
  if (tree.kind === 'list')
    return `[${space()}${tree.items.map((item) => write(item, random)).join(',')}]`;
  const members = tree.members.map(([name, item]) => {
    const text = JSON.stringify(name);
    const first = text.charCodeAt(1).toString(16).padStart(4, '0');
    const isPlain = /^"[A-Za-z]/.test(text);
    const shown = isPlain && random.oneIn(40) ? `"\\u${first}${text.slice(2)}` : text;
    return `${space()}${shown}:${write(item, random)}`;
  });
  return `{${members.join(',')}${space()}}`;
}

/** One to four changes of the tree of a JSON document, or undefined where `bytes` are none. */
export function mutateJson(bytes: Buffer, random: Random): Buffer | undefined {
  let tree: Tree;
  try {
    tree = treeOf(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    const change = random.pick(CHANGES);
    tree = replaceAt(tree, random.below(Math.min(sizeOf(tree), 2000)), (node) =>
      change(node, random),
    );
  }
  return Buffer.from(write(tree, random));
}
