/** Why the system could not read or write a file, in words. */
const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than the system allows',
  EROFS: 'the file system is read-only',
  EIO: 'the device failed',
  EPIPE: 'its reader closed it',
  EMFILE: 'too many files are open',
  ENXIO: 'there is no such device',
};

export const systemReason = ({ code = '', message }: NodeJS.ErrnoException): string =>
  reasons[code] ?? message;
