/** How engines may call an image of that name: Docker leaves out what is its own registry's, Podman does not. */
export function namesOf(image: string): string[] {
  if (image.includes('@')) return [image];
  const tagged = /:[^/]+$/.test(image) ? image : `${image}:latest`;
  const short = tagged.replace(/^docker\.io\/(library\/)?/, '');
  const hub = short.includes('/') ? `docker.io/${short}` : `docker.io/library/${short}`;
  return [tagged, short, hub, `localhost/${tagged}`];
}
