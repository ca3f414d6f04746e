// A namespace of Durable Objects that tells of every call to one of its objects, and is otherwise
// the namespace itself. For counts from outside: the gateway does not know that it is counted.

type Method = (...args: unknown[]) => unknown;

export const counted = <Space extends { getByName(name: string): object }>(
  space: Space,
  count: () => void,
): Space =>
  ({
    getByName: (name: string) =>
      new Proxy(space.getByName(name), {
        get(stub, method) {
          return (...args: unknown[]) => {
            count();
            return (Reflect.get(stub, method) as Method)(...args);
          };
        },
      }),
  }) as unknown as Space;
