/**
 * Connection pools: the spans in which a caller waits until one of the pool's connections is free, as instrumentations
 * of HikariCP, Tomcat's and Commons' pools (JDBC's `getConnection`), pg-pool, Sequelize, Go's database/sql (XSAM/otelsql's
 * `sql.connector.connect`), SQLAlchemy and Redis clients name them.
 */
import { memoizedTest } from '../memoize.ts';

const isWait = memoizedTest(
  /\bgetconnection\b|\bpool[ ._-]?(acquire|connect|checkout|get|borrow|wait)\b|\b(acquire|borrow|checkout|check[ _-]out|get|wait[ _-]?for|obtain)[ ._-]?(a[ ._-])?(db|database|jdbc|pooled?|redis|sql|client)?[ ._-]?(from[ ._-]pool|connection)\b|\bconnection[ ._-]?(pool[ ._-]?)?(acqui\w+|wait|checkout|borrow)\b|^(pg-pool\.connect|sql\.conn(ector)?\.connect|sql\.connector\.connect|pool\.query\.wait)$/i,
);

export const pools = { isWait };
