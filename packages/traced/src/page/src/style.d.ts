/** The bundler gathers style sheets; a script sees nothing of them. */
declare module '*.css';
