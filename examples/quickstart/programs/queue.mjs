const part = process.argv[2];
console.log(`working on part ${part}`);
setInterval(() => console.log(`part ${part} is alive`), 10_000);
process.on('SIGTERM', () => process.exit(0));
