console.log(`has ${['API_TOKEN', 'SIGNING_KEY', 'DATABASE_URL'].filter((name) => process.env[name]).length} secrets`);
setInterval(() => undefined, 60_000);
process.on('SIGTERM', () => process.exit(0));
