for (;;) {
  const answer = await fetch(process.env.WEB).then((response) => response.text());
  console.log(`web says ${answer.trim()}`);
  await new Promise((resolve) => setTimeout(resolve, 5000));
}
