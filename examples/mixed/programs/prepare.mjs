import { writeFileSync } from 'node:fs';

writeFileSync(process.argv[2], 'appendonly yes\nappendfsync everysec\nmaxmemory 32mb\n');
console.log('wrote the database configuration');
