// The floor: what a Worker costs with nothing in front of the platform, over the same rows.
const SELECT = 'SELECT id, name, description, category, price, stock, status, created_at, updated_at FROM products';
const LIST = `${SELECT} WHERE price >= ?1 ORDER BY price DESC, id DESC LIMIT 10 OFFSET 10`;

export default {
  async fetch(request, { DB, CACHE }) {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case '/text':
        return new Response('hello');
      case '/kv':
        return new Response(await CACHE.get('nothing'));
      case '/list':
        return Response.json((await DB.prepare(LIST).bind(Number(searchParams.get('from'))).all()).results);
      case '/get':
        return Response.json(await DB.prepare(`${SELECT} WHERE id = ?1`).bind(searchParams.get('id')).first());
      default:
        return new Response('not found', { status: 404 });
    }
  },
};
