/* Compiled counterparts of three small parts, equal to the Python ones bit for bit:
 *
 *   EventList      engine/events.py    the clock's hand and its heap of (time, order, sequence, event), as C structs
 *   RowBuffer      engine/recorder.py  rows packed as the records of a table
 *   keyed_uniform  streams.py          a counter-based uniform draw
 *
 * Nothing here knows the model. sim/native.py decides whether this file is used.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <structmember.h>

#if !PY_LITTLE_ENDIAN
#error "tables are little-endian: the pure engine serves here"
#endif

static PyObject *fire_name;

/* --- event list --------------------------------------------------------------------------------------------------- */

typedef struct {
    double time;
    uint64_t rank; /* class of ties in the top byte, sequence number below */
    PyObject *event;
} Entry;

typedef struct {
    PyObject_HEAD
    Entry *heap;
    Py_ssize_t size;
    Py_ssize_t room;
    uint64_t sequence;
    long long events; /* taken so far */
    double now;
} EventList;

#define ARITY 4
#define SIGNALS_EVERY 4096
#define MOST_ORDER 255

static inline int is_before(const Entry *a, const Entry *b) {
    return a->time < b->time || (a->time == b->time && a->rank < b->rank);
}

static int list_grow(EventList *self) {
    Py_ssize_t room = self->room ? 2 * self->room : 256;
    Entry *heap = PyMem_Realloc(self->heap, (size_t)room * sizeof(Entry));
    if (heap == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->heap = heap;
    self->room = room;
    return 0;
}

/* Takes over the reference to the event. */
static int list_insert(EventList *self, double time, unsigned order, PyObject *event) {
    if (self->size == self->room && list_grow(self) < 0)
        return -1;
    Entry entry = {time, ((uint64_t)order << 56) | self->sequence++, event};
    Entry *heap = self->heap;
    Py_ssize_t i = self->size++;
    while (i > 0) {
        Py_ssize_t parent = (i - 1) / ARITY;
        if (!is_before(&entry, &heap[parent]))
            break;
        heap[i] = heap[parent];
        i = parent;
    }
    heap[i] = entry;
    return 0;
}

/* The reference to the event of the returned entry is the caller's. The list must not be empty. */
static Entry list_remove_first(EventList *self) {
    Entry *heap = self->heap;
    Entry first = heap[0];
    Py_ssize_t n = --self->size;
    if (n > 0) {
        Entry last = heap[n];
        Py_ssize_t i = 0;
        for (;;) {
            Py_ssize_t child = ARITY * i + 1;
            if (child >= n)
                break;
            Py_ssize_t end = child + ARITY < n ? child + ARITY : n;
            Py_ssize_t best = child;
            for (child++; child < end; child++)
                if (is_before(&heap[child], &heap[best]))
                    best = child;
            if (!is_before(&heap[best], &last))
                break;
            heap[i] = heap[best];
            i = best;
        }
        heap[i] = last;
    }
    return first;
}

static PyObject *list_at(EventList *self, PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2 && nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "at(time, event, order=2)");
        return NULL;
    }
    double time = PyFloat_AsDouble(args[0]);
    if (time == -1.0 && PyErr_Occurred())
        return NULL;
    if (time != time) {
        PyErr_SetString(PyExc_ValueError, "the time of an event is not a number");
        return NULL;
    }
    long order = 2;
    if (nargs == 3) {
        order = PyLong_AsLong(args[2]);
        if (order == -1 && PyErr_Occurred())
            return NULL;
        if (order < 0 || order > MOST_ORDER) {
            PyErr_SetString(PyExc_ValueError, "the order of an event is from 0 to 255");
            return NULL;
        }
    }
    Py_INCREF(args[1]);
    if (list_insert(self, time, (unsigned)order, args[1]) < 0) {
        Py_DECREF(args[1]);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *list_take(EventList *self, PyObject *Py_UNUSED(ignored)) {
    if (self->size == 0) {
        PyErr_SetString(PyExc_IndexError, "the event list is empty");
        return NULL;
    }
    Entry first = list_remove_first(self);
    self->events++;
    self->now = first.time;
    return first.event;
}

static PyObject *list_peek(EventList *self, PyObject *Py_UNUSED(ignored)) {
    return PyFloat_FromDouble(self->size ? self->heap[0].time : Py_HUGE_VAL);
}

static PyObject *list_run_until(EventList *self, PyObject *arg) {
    double horizon = PyFloat_AsDouble(arg);
    if (horizon == -1.0 && PyErr_Occurred())
        return NULL;
    while (self->size > 0 && self->heap[0].time < horizon) {
        Entry first = list_remove_first(self);
        self->now = first.time;
        self->events++;
        PyObject *result = PyObject_CallMethodNoArgs(first.event, fire_name);
        Py_DECREF(first.event);
        if (result == NULL)
            return NULL;
        Py_DECREF(result);
        if (self->events % SIGNALS_EVERY == 0 && PyErr_CheckSignals() < 0)
            return NULL;
    }
    self->now = horizon;
    Py_RETURN_NONE;
}

static PyObject *list_pending(EventList *self, void *Py_UNUSED(closure)) { return PyLong_FromSsize_t(self->size); }

static int list_traverse(EventList *self, visitproc visit, void *arg) {
    for (Py_ssize_t i = 0; i < self->size; i++)
        Py_VISIT(self->heap[i].event);
    return 0;
}

static int list_clear(EventList *self) {
    Entry *heap = self->heap;
    Py_ssize_t n = self->size;
    self->heap = NULL;
    self->size = self->room = 0;
    for (Py_ssize_t i = 0; i < n; i++)
        Py_DECREF(heap[i].event);
    PyMem_Free(heap);
    return 0;
}

static void list_dealloc(EventList *self) {
    PyObject_GC_UnTrack(self);
    list_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef list_methods[] = {
    {"at", (PyCFunction)(void (*)(void))list_at, METH_FASTCALL, "Let an event happen at a time; ties by order, then by sequence."},
    {"take", (PyCFunction)list_take, METH_NOARGS, "Set the clock to the next event and take it."},
    {"peek", (PyCFunction)list_peek, METH_NOARGS, "Time of the next event; infinite if there is none."},
    {"run_until", (PyCFunction)list_run_until, METH_O, "Fire every event before the horizon, then set the clock to it."},
    {NULL},
};

static PyMemberDef list_members[] = {
    {"_now", T_DOUBLE, offsetof(EventList, now), 0, "The clock, h."},
    {"events", T_LONGLONG, offsetof(EventList, events), READONLY, "Events taken so far."},
    {NULL},
};

static PyGetSetDef list_getters[] = {
    {"pending", (getter)list_pending, NULL, "Events still to come.", NULL},
    {NULL},
};

static PyTypeObject EventListType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "sim._fast.EventList",
    .tp_basicsize = sizeof(EventList),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "The clock's hand and the pending events in order of time, class of ties and sequence.",
    .tp_new = PyType_GenericNew,
    .tp_dealloc = (destructor)list_dealloc,
    .tp_traverse = (traverseproc)list_traverse,
    .tp_clear = (inquiry)list_clear,
    .tp_methods = list_methods,
    .tp_members = list_members,
    .tp_getset = list_getters,
};

/* --- rows --------------------------------------------------------------------------------------------------------- */

#define MOST_COLUMNS 64

typedef struct {
    PyObject_HEAD
    char *bytes;
    Py_ssize_t size; /* bytes in use */
    Py_ssize_t room;
    Py_ssize_t row_size;
    Py_ssize_t width;
    char codes[MOST_COLUMNS];
} RowBuffer;

static Py_ssize_t size_of(char code) {
    switch (code) {
    case 'b':
        return 1;
    case 'h':
        return 2;
    case 'i':
        return 4;
    case 'q':
    case 'Q':
    case 'd':
        return 8;
    default:
        return 0;
    }
}

static int rows_init(RowBuffer *self, PyObject *args, PyObject *kwargs) {
    const char *codes;
    Py_ssize_t width;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "RowBuffer takes no keywords");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "s#:RowBuffer", &codes, &width))
        return -1;
    if (width < 1 || width > MOST_COLUMNS) {
        PyErr_Format(PyExc_ValueError, "a row has 1 to %d columns", MOST_COLUMNS);
        return -1;
    }
    self->row_size = 0;
    for (Py_ssize_t i = 0; i < width; i++) {
        if (!size_of(codes[i])) {
            PyErr_Format(PyExc_ValueError, "no column type '%c'", codes[i]);
            return -1;
        }
        self->row_size += size_of(codes[i]);
    }
    memcpy(self->codes, codes, (size_t)width);
    self->width = width;
    return 0;
}

/* Writes one number; little-endian like the files (the build refuses other machines). */
static int put_number(char *at, char code, PyObject *value) {
    if (code == 'd') {
        double number = PyFloat_CheckExact(value) ? PyFloat_AS_DOUBLE(value) : PyFloat_AsDouble(value);
        if (number == -1.0 && PyErr_Occurred())
            return -1;
        memcpy(at, &number, 8);
        return 0;
    }
    if (code == 'Q') {
        unsigned long long key = PyLong_AsUnsignedLongLong(value);
        if (key == (unsigned long long)-1 && PyErr_Occurred())
            return -1;
        memcpy(at, &key, 8);
        return 0;
    }
    long long number = PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred())
        return -1;
    int bits = 8 * (int)size_of(code);
    if (bits < 64 && (number < -(1LL << (bits - 1)) || number >= 1LL << (bits - 1))) {
        PyErr_Format(PyExc_OverflowError, "%lld does not fit a column of %d bits", number, bits);
        return -1;
    }
    memcpy(at, &number, (size_t)(bits / 8));
    return 0;
}

static PyObject *rows_row(RowBuffer *self, PyObject *row) {
    if (!PyTuple_CheckExact(row) || PyTuple_GET_SIZE(row) != self->width) {
        PyErr_Format(PyExc_ValueError, "a row is a tuple of %zd numbers", self->width);
        return NULL;
    }
    if (self->size + self->row_size > self->room) {
        Py_ssize_t room = self->room ? 2 * self->room : 256 * self->row_size;
        char *bytes = PyMem_Realloc(self->bytes, (size_t)room);
        if (bytes == NULL)
            return PyErr_NoMemory();
        self->bytes = bytes;
        self->room = room;
    }
    char *at = self->bytes + self->size;
    for (Py_ssize_t i = 0; i < self->width; i++) {
        if (put_number(at, self->codes[i], PyTuple_GET_ITEM(row, i)) < 0)
            return NULL;
        at += size_of(self->codes[i]);
    }
    self->size += self->row_size;
    Py_RETURN_NONE;
}

static PyObject *rows_take(RowBuffer *self, PyObject *Py_UNUSED(ignored)) {
    PyObject *bytes = PyBytes_FromStringAndSize(self->bytes, self->size);
    if (bytes != NULL)
        self->size = 0;
    return bytes;
}

static Py_ssize_t rows_len(RowBuffer *self) { return self->row_size ? self->size / self->row_size : 0; }

static void rows_dealloc(RowBuffer *self) {
    PyMem_Free(self->bytes);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef rows_methods[] = {
    {"row", (PyCFunction)rows_row, METH_O, "Add one row, a tuple of numbers."},
    {"take", (PyCFunction)rows_take, METH_NOARGS, "All rows as packed bytes; the buffer is empty then."},
    {NULL},
};

static PySequenceMethods rows_sequence = {.sq_length = (lenfunc)rows_len};

static PyTypeObject RowBufferType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "sim._fast.RowBuffer",
    .tp_basicsize = sizeof(RowBuffer),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Rows of numbers, packed as the records of a table.",
    .tp_new = PyType_GenericNew,
    .tp_init = (initproc)rows_init,
    .tp_dealloc = (destructor)rows_dealloc,
    .tp_methods = rows_methods,
    .tp_as_sequence = &rows_sequence,
};

/* --- keyed draws -------------------------------------------------------------------------------------------------- */

static PyObject *keyed_uniform(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs) {
    if (nargs != 2 && nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "keyed_uniform(key, salt, count=0)");
        return NULL;
    }
    uint64_t key = PyLong_AsUnsignedLongLongMask(args[0]);
    uint64_t salt = PyLong_AsUnsignedLongLongMask(args[1]);
    uint64_t count = nargs == 3 ? PyLong_AsUnsignedLongLongMask(args[2]) : 0;
    if (PyErr_Occurred())
        return NULL;
    uint64_t z = (key ^ salt) + UINT64_C(0x9E3779B97F4A7C15) * (count + 1);
    for (int pass = 0; pass < 2; pass++) {
        if (pass)
            z += salt;
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        z ^= z >> 31;
    }
    uint64_t bits = z >> 11;
    if (PyLong_Check(args[0]) && _PyLong_NumBits(args[0]) > 64) /* MIRRORED of streams.py */
        bits = UINT64_C(9007199254740991) - bits;
    return PyFloat_FromDouble((double)bits * (1.0 / 9007199254740992.0));
}

/* --- module ------------------------------------------------------------------------------------------------------- */

static PyMethodDef functions[] = {
    {"keyed_uniform", (PyCFunction)(void (*)(void))keyed_uniform, METH_FASTCALL, "Uniform of [0, 1) for (key, salt, count)."},
    {NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sim._fast",
    .m_doc = "Compiled parts of the engine; see sim/native.py.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__fast(void) {
    fire_name = PyUnicode_InternFromString("fire");
    if (fire_name == NULL || PyType_Ready(&EventListType) < 0 || PyType_Ready(&RowBufferType) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made == NULL)
        return NULL;
    Py_INCREF(&EventListType);
    Py_INCREF(&RowBufferType);
    if (PyModule_AddObject(made, "EventList", (PyObject *)&EventListType) < 0 ||
        PyModule_AddObject(made, "RowBuffer", (PyObject *)&RowBufferType) < 0) {
        Py_DECREF(made);
        return NULL;
    }
    return made;
}
