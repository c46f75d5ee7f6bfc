import { describe, expect, it } from '@jest/globals';
import { createSlots } from '../../../../platform/bus/slots.ts';

const STAY = new AbortController().signal;
const turn = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('places for messages in hand', () => {
  it('are as many as there are, and go to who waits longest', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const release = await slots.take(STAY);
      order.push(name);
      return release;
    };
    const first = await enter('a');
    await enter('b');
    const third = enter('c');
    void enter('d');
    await turn();
    expect(order).toEqual(['a', 'b']);
    first?.();
    const late = enter('late');
    await third;
    await turn();
    expect(order).toEqual(['a', 'b', 'c']);
    (await third)?.();
    await turn();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    void late;
  });

  it('are waited for no longer once that is given up, and are lost to nobody', async () => {
    const slots = createSlots(1);
    const held = await slots.take(STAY);
    const leaving = new AbortController();
    const left = slots.take(leaving.signal);
    leaving.abort();
    expect(await left).toBeUndefined();
    expect(await slots.take(leaving.signal)).toBeUndefined();
    held?.();
    expect(await slots.take(STAY)).toBeDefined();
  });
});
