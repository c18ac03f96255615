// Builds the console when something it is made of has changed, and does nothing
// otherwise: a bare ./mvnw runs this at every start.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = dirname(fileURLToPath(import.meta.url));
const target = join(home, '../../../target');
const built = join(target, 'classes/static/index.html');
const marks = { install: join(home, 'node_modules/.installed'), build: join(target, 'console.sha256') };

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(file.slice(home.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function isMarked(mark, value) {
  return existsSync(mark) && readFileSync(mark, 'utf8') === value;
}

function run(...words) {
  const result = spawnSync('npm', words, { cwd: home, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.error || result.status !== 0) {
    console.error(`npm ${words.join(' ')} failed: is Node 20 or newer, with npm, on the PATH?`);
    process.exit(1);
  }
}

const lock = digest([join(home, 'package.json'), join(home, 'package-lock.json')]);
if (!isMarked(marks.install, lock)) {
  run('ci', '--ignore-scripts', '--no-audit', '--no-fund');
  writeFileSync(marks.install, lock);
}
const sources = digest(filesBelow(home));
if (!existsSync(built) || !isMarked(marks.build, sources)) {
  rmSync(marks.build, { force: true });
  run('run', 'build');
  writeFileSync(marks.build, sources);
}
