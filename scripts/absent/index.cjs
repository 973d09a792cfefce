'use strict';
/** Whatever is asked of it is a function that throws when it is called. */
module.exports = new Proxy(
  {},
  {
    get: (_, name) =>
      function absent() {
        throw new Error(`pj is built without the part of dockerode that calls ${String(name)}()`);
      },
  },
);
