import { writeFileSync } from 'node:fs';

writeFileSync(process.env.GREETING_FILE, `${process.env.GREETING}\n`);
console.log(`wrote ${process.env.GREETING_FILE}`);
