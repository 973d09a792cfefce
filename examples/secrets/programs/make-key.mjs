process.stdout.write('example-signing-key');
