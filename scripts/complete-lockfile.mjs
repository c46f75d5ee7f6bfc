#!/usr/bin/env node
// Completes package-lock.json with the optional platform packages that the registry in use does not carry.
//
// npm leaves an optional dependency out of the lock when its registry has no such version, and `npm ci` then refuses the
// lock ("Missing: … from lock file", EUSAGE), on this machine and on every other one. An entry with version, os and cpu
// but no integrity satisfies the check; npm skips it on other platforms and resolves it where it is the right one.
//
// usage: node complete-lockfile.mjs [package-lock.json]      run after every npm install; exits 1 if it meets a name it can't place
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const OS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
  windows: 'win32',
  wasm32: null,
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  sunos: 'sunos',
  aix: 'aix',
};
const CPU = [
  'arm64',
  'arm',
  'x64',
  'ia32',
  'loong64',
  'mips64el',
  'mipsel',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
];

function place(name) {
  const words = name.split('/').at(-1).split(/[-.]/);
  const os = words.find((w) => w in OS);
  const cpu =
    words.find((w) => CPU.includes(w)) ?? (words.includes('universal') ? undefined : null);
  if (os === undefined || cpu === null) return undefined;
  return { ...(cpu ? { cpu: [cpu] } : {}), ...(OS[os] ? { os: [OS[os]] } : {}) };
}

let added = 0;
const unknown = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = path ? `${path}/node_modules/${name}` : `node_modules/${name}`;
    if (lock.packages[nested] ?? lock.packages[`node_modules/${name}`]) continue;
    const where = place(name);
    if (!where || !/^\d/.test(version)) {
      unknown.push(`${name}@${version} (of ${path || 'the project'})`);
      continue;
    }
    lock.packages[`node_modules/${name}`] = {
      version,
      ...where,
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional platform entries added`);
if (unknown.length) {
  console.error(`cannot place: ${unknown.join(', ')}`);
  process.exit(1);
}
