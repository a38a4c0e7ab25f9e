import { http } from '@traced-functions/runtime';

/** Upgrades connections to a protocol that says hello and ends. */
http('upgrading', (_req, res) => void res.send('plain'), {
  upgrade(_req, socket) {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello');
  },
});
