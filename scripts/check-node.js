// Runs before the npm scripts, on whatever Node the host has: plain JavaScript that old versions can read.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `This needs Node 24 and runs on ${process.version}, because the npm package "node" was not set up ` +
      '(install scripts are not allowed). Mend it: npm rebuild node --ignore-scripts=false, or install Node 24.',
  );
  process.exit(1);
}
