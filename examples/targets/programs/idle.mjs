console.log(`${process.argv[2]} runs`);
setInterval(() => undefined, 60_000);
process.on('SIGTERM', () => process.exit(0));
