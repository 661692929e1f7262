/* The limit of (a) and (b): bare loops that do only this case, with ring buffers and one small heap, and record every wait.
 *
 *   limit contacts DAYS SEED [runs]     limit parts DAYS SEED [runs]
 *
 * prints one line of JSON with the number of customers, CPU seconds and the answers. */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t state;

static double uniform(void) { /* splitmix64, open at 0 */
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static double exponential(double mean) { return -mean * log(uniform()); }

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct { double at; int what; } Entry;
static Entry heap[4096];
static int size;

static void push(double at, int what) {
    int i = size++;
    while (i && heap[(i - 1) / 2].at > at) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = (Entry){at, what};
}

static Entry pop(void) {
    Entry first = heap[0], last = heap[--size];
    int i = 0, child;
    while ((child = 2 * i + 1) < size) {
        if (child + 1 < size && heap[child + 1].at < heap[child].at) child++;
        if (heap[child].at >= last.at) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

static double *waits;
static long noted;

static void note(double wait) { waits[noted++] = wait; }

static double mean_wait(void) {
    double sum = 0;
    for (long i = 0; i < noted; i++) sum += waits[i];
    return sum / (double)noted;
}

/* (a): hours. Events: arrival, end of talk; who waits is a ring buffer with the instant at which patience ends. */
enum { AGENTS = 11, RING = 4096 };

static void contacts(double days, long *customers, double answers[2]) {
    static double arrived[RING], gives_up[RING];
    double horizon = 24 * days, next = exponential(0.01);
    long head = 0, tail = 0, abandoned = 0;
    int busy = 0;
    size = 0, noted = 0, *customers = 0;
    for (;;) {
        double now;
        if (size && heap[0].at <= next) { /* a talk ends: the first who is still there comes next */
            now = pop().at;
            if (now >= horizon) break;
            busy--;
            while (head != tail) {
                long i = head++ % RING;
                if (gives_up[i] > now) {
                    note(now - arrived[i]);
                    push(now + exponential(0.1), 0);
                    busy++;
                    break;
                }
                note(gives_up[i] - arrived[i]);
                abandoned++;
            }
        } else {
            now = next;
            if (now >= horizon) break;
            next = now + exponential(0.01);
            ++*customers;
            if (busy < AGENTS) {
                note(0);
                push(now + exponential(0.1), 0);
                busy++;
            } else {
                long i = tail++ % RING;
                arrived[i] = now;
                gives_up[i] = now + exponential(4.0 / 60);
            }
        }
    }
    answers[0] = (double)abandoned / (double)noted;
    answers[1] = 3600 * mean_wait();
}

/* (b): days. Events: demand, arrival at a base (constant transit: a ring buffer), arrival at the depot (heap). */
enum { BASES = 10, AT_DEPOT = 5, AT_BASE = 2 };

static void parts(double days, long *customers, double answers[2]) {
    static double due[RING], asked[BASES][RING];
    static int going[RING], owed[RING];
    int depot = AT_DEPOT, stock[BASES];
    long first = 0, last = 0, oldest = 0, newest = 0, head[BASES] = {0}, tail[BASES] = {0}, at_once = 0;
    double next = exponential(1 / (0.5 * BASES));
    for (int b = 0; b < BASES; b++) stock[b] = AT_BASE;
    size = 0, noted = 0, *customers = 0;
    for (;;) {
        double lead = size ? heap[0].at : INFINITY, transit = first != last ? due[first % RING] : INFINITY;
        double now = fmin(fmin(lead, transit), next);
        if (now >= days) break;
        if (now == next) {
            int b = (int)(uniform() * BASES);
            next = now + exponential(1 / (0.5 * BASES));
            ++*customers;
            if (stock[b]) {
                stock[b]--;
                at_once++;
                note(0);
            } else {
                asked[b][tail[b]++ % RING] = now;
            }
            push(now + exponential(5), 0);
            if (depot) {
                depot--;
                due[last % RING] = now + 2;
                going[last++ % RING] = b;
            } else {
                owed[newest++ % RING] = b;
            }
        } else if (now == transit) {
            int b = going[first++ % RING];
            if (head[b] != tail[b])
                note(now - asked[b][head[b]++ % RING]);
            else
                stock[b]++;
        } else {
            pop();
            if (oldest != newest) {
                due[last % RING] = now + 2;
                going[last++ % RING] = owed[oldest++ % RING];
            } else {
                depot++;
            }
        }
    }
    answers[0] = (double)at_once / (double)noted;
    answers[1] = 24 * mean_wait();
}

int main(int count, char **words) {
    if (count < 4) return 2;
    int of_contacts = !strcmp(words[1], "contacts");
    double days = atof(words[2]), answers[2];
    long customers = 0;
    waits = malloc(sizeof *waits * (size_t)(days * (of_contacts ? 2500 : 6) + 100000));
    if (!waits) return 1;
    for (int turn = 0; turn < 2; turn++) { /* the first warms up */
        double wall, cpu;
        state = strtoull(words[3], NULL, 10);
        wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        (of_contacts ? contacts : parts)(turn ? days : days / 100, &customers, answers);
        wall = seconds(CLOCK_MONOTONIC) - wall, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        if (turn)
            printf("{\"customers\": %ld, \"%s\": %.9f, \"%s\": %.9f, \"wall_s\": %.9f, \"cpu_s\": %.9f}\n", customers,
                   of_contacts ? "abandon rate" : "fill rate", answers[0], of_contacts ? "mean wait [s]" : "mean wait [h]",
                   answers[1], wall, cpu);
    }
    free(waits);
    return 0;
}
