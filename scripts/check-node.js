// Runs before the npm scripts, on whatever Node the host has: plain JavaScript that old versions can read.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `This needs Node 24, but runs on Node ${process.version}, because the npm package "node" is not installed or ` +
      'its install script was not allowed to run. To fix it, run: npm rebuild node --ignore-scripts=false. ' +
      'Or install Node 24.',
  );
  process.exit(1);
}
